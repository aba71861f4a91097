"""As much of Qt, ctk and Slicer's window as the panel asks for.

Properties keep what they are given; signals are fired by hand.
"""

import types


class Signal:
    def __init__(self):
        self.handlers = []

    def connect(self, handler):
        self.handlers.append(handler)

    def fire(self, *args):
        for handler in self.handlers:
            handler(*args)


SIGNALS = ("clicked", "returnPressed", "activated", "cellClicked", "timeout")


class Widget:
    def __init__(self, *args):
        self.text = args[0] if args and isinstance(args[0], str) else ""
        self.items, self.cells, self.rows = [], {}, []
        self.currentIndex = 0
        for name in SIGNALS:
            setattr(self, name, Signal())

    # A combo box.
    def addItem(self, text, data=None):  # noqa: N802
        self.items.append((text, data))

    def clear(self):
        self.items, self.currentIndex = [], 0

    @property
    def currentText(self):  # noqa: N802
        return self.items[self.currentIndex][0]

    @property
    def currentData(self):  # noqa: N802
        return self.items[self.currentIndex][1]

    # A table.
    def setRowCount(self, count):  # noqa: N802
        self.cells = {key: item for key, item in self.cells.items() if key[0] < count}

    def setItem(self, row, column, item):  # noqa: N802
        self.cells[row, column] = item

    def item(self, row, column):
        return self.cells[row, column]

    # An item of a table.
    def setData(self, _role, value):  # noqa: N802
        self.kept = value

    def data(self, _role):
        return self.kept

    # Settings.
    def value(self, _key):
        return None

    def __getattr__(self, name):
        if name.startswith("__") or name[:1].isupper():
            raise AttributeError(name)
        return lambda *_: None


class QLineEdit(Widget):
    Password = 2


class QAbstractItemView(Widget):
    NoEditTriggers = SelectRows = 0


def install(slicer):
    qt, ctk = types.ModuleType("qt"), types.ModuleType("ctk")
    for name in [
        "Label",
        "Timer",
        "FormLayout",
        "HBoxLayout",
        "PushButton",
        "Settings",
        "TableWidget",
        "TableWidgetItem",
        "ComboBox",
    ]:
        setattr(qt, f"Q{name}", type(name, (Widget,), {}))
    qt.QLineEdit, qt.QAbstractItemView = QLineEdit, QAbstractItemView
    qt.Qt = types.SimpleNamespace(WaitCursor=3, UserRole=256, PlainText=0)
    ctk.ctkCollapsibleButton = type("ctkCollapsibleButton", (Widget,), {})
    slicer.qMRMLSegmentEditorWidget = type("qMRMLSegmentEditorWidget", (Widget,), {})
    slicer.asked, slicer.answers, slicer.errors = [], [], []

    def confirm(question, **_):
        slicer.asked.append(question)
        return slicer.answers.pop(0)

    slicer.util.confirmYesNoDisplay = confirm
    slicer.util.errorDisplay = lambda text, **_: slicer.errors.append(text)
    slicer.util.setSliceViewerLayers = lambda **_: None
    slicer.util.getNodesByClass = lambda _kind: []
    return qt, ctk
