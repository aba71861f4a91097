import { STAGES, type RoundReport, type RoundState, type Scores } from '../../core/loop.ts';
import type { DatasetBoard } from '../api-shapes.ts';
import { bar, h } from './dom.ts';
import { FindingsPanel } from './findings-panel.ts';
import { Live } from './live.ts';
import { failure, loading, notice } from './panels.ts';
import { repeat, type Context, type View } from './view.ts';
import { duration, score, sentence } from './words.ts';

const REFRESH_MS = 5000;

/** Per dataset: the running round's stages and the finished rounds' numbers. `dataset` null: the first there is. */
export function boardView({ api }: Context, dataset: string | null): View {
  const top = h('div', {}, loading('Loading campaigns …'));
  // Apart from what is drawn anew at every change: a list that somebody has open there stays open.
  const below = h('div', {});
  const element = h('div', { class: 'page board' }, top, below);
  let closed = false;
  let findings: FindingsPanel | null = null;
  let finished = 0;
  /** Of its own, so that a round that is chosen there stays chosen; asks again when another round has ended. */
  const showFindings = (name: string, { state, reports }: DatasetBoard) => {
    if (state === null && reports.length === 0) return below.replaceChildren();
    if (findings?.dataset !== name) below.replaceChildren((findings = new FindingsPanel(api, name)).element);
    else if (reports.length !== finished) findings.load();
    finished = reports.length;
  };
  const load = async () => {
    const { datasets, temporalUiUrl } = await api.datasets();
    const shown = dataset ?? datasets[0];
    if (shown === undefined)
      return [notice('No datasets yet', 'Ingest a cohort and start a campaign: its rounds appear here.')];
    const board = await api.board(shown);
    live.watch([shown]);
    if (!closed) showFindings(shown, board);
    return [head(datasets, shown, temporalUiUrl), ...campaign(board)];
  };
  const refresh = () => {
    load().then(
      (children) => closed || top.replaceChildren(...children),
      (error: unknown) => closed || top.replaceChildren(failure(error, refresh)),
    );
  };
  const live = new Live('board', refresh);
  const stop = repeat(() => live.open || refresh(), REFRESH_MS);
  return {
    element,
    close: () => {
      closed = true;
      stop();
      live.close();
    },
  };
}

function head(datasets: readonly string[], shown: string, temporalUiUrl: string | null): HTMLElement {
  const tabs = datasets.map((name) =>
    h('a', { href: `#/board/${name}`, class: 'tab', 'aria-current': name === shown ? 'page' : null }, name),
  );
  const link =
    temporalUiUrl !== null &&
    /^https?:/.test(temporalUiUrl) &&
    h(
      'a',
      { href: temporalUiUrl, target: '_blank', rel: 'noopener noreferrer', class: 'button' },
      'Workflows in Temporal ↗',
    );
  return h(
    'div',
    { class: 'page-head' },
    h('h1', {}, 'Campaigns'),
    h('nav', { class: 'tabs', 'aria-label': 'Datasets' }, ...tabs),
    h('span', { class: 'grow' }),
    link,
  );
}

function campaign({ state, round, reports }: DatasetBoard): HTMLElement[] {
  if (state === null && round === null && reports.length === 0) {
    return [notice('No campaign yet', 'Nobody has started a campaign on this dataset.')];
  }
  const facts = state && [
    ['Campaign', state.status],
    ['Round', `${state.round} of at most ${state.policy.maxRounds}`],
    ['Patients a round', String(state.policy.patientsPerRound)],
    ['Trainer', `${state.policy.trainer}, ${state.policy.preset}`],
    ...(state.stop ? [['Ended because', state.stop]] : []),
  ];
  const strip =
    facts &&
    h('dl', { class: 'facts' }, ...facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
  return [strip, round && running(round), reports.length > 0 && rounds(reports)].filter(
    (part): part is HTMLElement => !!part,
  );
}

/** The stages of the running round as a chain: done with their time, the present one with its progress. */
function running(round: RoundState): HTMLElement {
  const times = new Map(round.stages.map(({ stage, seconds }) => [stage, seconds]));
  const share = round.total > 0 ? round.done / round.total : 0;
  const steps = STAGES.map((stage) => {
    const seconds = times.get(stage);
    const present = stage === round.stage;
    const note = present ? `${round.done} of ${round.total}` : seconds === undefined ? '' : duration(seconds);
    return h(
      'li',
      {
        class: present ? 'present' : seconds === undefined ? 'ahead' : 'done',
        'aria-current': present ? 'step' : null,
      },
      h('span', {}, sentence(stage)),
      h('small', {}, note),
      present && bar(share, `${round.done} of ${round.total}`),
    );
  });
  const tasks = round.openTasks.length;
  return h(
    'section',
    { class: 'card' },
    h('h2', {}, `Round ${round.round}`),
    h('ol', { class: 'stages' }, ...steps),
    h(
      'p',
      { class: 'muted' },
      round.detail,
      tasks > 0 && round.detail !== '' && ' · ',
      tasks > 0 && h('a', { href: '#/tasks' }, `${tasks} open ${tasks === 1 ? 'task' : 'tasks'} in the queue`),
    ),
  );
}

function rounds(reports: readonly RoundReport[]): HTMLElement {
  const heads: [string, string][] = [
    ['Round', ''],
    ['Carried over', 'Masks carried over from SPACE series'],
    ['Segmented', 'Series that the serving model proposed masks for'],
    ['Accepted', 'Proposals accepted as they were'],
    ['Corrected', 'Proposals corrected by a reviewer'],
    ['Excluded', ''],
    ['Review, min', 'Minutes that reviewers worked'],
    ['Proposals’ Dice', 'Proposals against what review made of them'],
    ['Validation Dice', 'The model on validation patients it has never seen'],
    ['Champion', 'Whether the new model serves'],
    ['Remaining', 'Series without a reference'],
    ['Time', 'All stages'],
  ];
  return h(
    'section',
    { class: 'card' },
    h('h2', {}, 'Finished rounds'),
    h(
      'div',
      { class: 'table-frame' },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h('tr', {}, ...heads.map(([name, title]) => h('th', { scope: 'col', title: title || null }, name))),
        ),
        h('tbody', {}, ...reports.map(reportRow)),
      ),
    ),
  );
}

function reportRow(report: RoundReport): HTMLElement {
  const numbers = [report.propagated, report.segmented, report.accepted, report.corrected, report.excluded];
  const seconds = report.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const stages = report.stages.map((stage) => `${sentence(stage.stage)} ${duration(stage.seconds)}`).join('\n');
  const { decision } = report;
  return h(
    'tr',
    {},
    h('td', { class: 'strong number' }, report.round),
    ...numbers.map((number) => h('td', { class: 'number' }, number)),
    h('td', { class: 'number' }, report.reviewMinutes.toFixed(1)),
    scoreCell(report.proposalScores),
    scoreCell(report.evaluation?.scores ?? null),
    h(
      'td',
      { class: 'decision' },
      decision &&
        h(
          'span',
          { class: `verdict ${decision.promoted ? 'yes' : 'no'}` },
          decision.promoted ? 'New model serves' : 'Kept the old',
        ),
      h('small', {}, decision?.reason ?? '–'),
    ),
    h('td', { class: 'number' }, report.remaining),
    h('td', { class: 'number', title: stages }, duration(seconds)),
  );
}

function scoreCell(scores: Scores | null): HTMLElement {
  if (!scores) return h('td', { class: 'number' }, '–');
  const { vertebra, disc, canal } = scores;
  return h(
    'td',
    { class: 'number' },
    score(scores.meanDice),
    h(
      'small',
      { title: 'vertebrae · discs · canal' },
      [vertebra, disc, canal].map((each) => score(each.dice)).join(' · '),
    ),
  );
}
