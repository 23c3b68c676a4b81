import { z } from 'zod';
import type { Agent } from '../agents/agent.ts';
import { ProjectId, Timestamp } from '../ids.ts';
import type { WorkStatus } from '../work/work-item.ts';

const Count = z.int().min(0);

const AgentCounts = z.object({
  total: Count.meta({ description: 'Agents that are not offline.' }),
  byType: z.record(z.string(), Count).meta({ description: 'Of those that are not offline.' }),
  byStatus: z.object({ online: Count, busy: Count, offline: Count }),
});
const WorkCounts = z.object({ pending: Count, active: Count, completed: Count, failed: Count.meta({ description: 'With the cancelled ones.' }) });
const TargetCounts = z.object({ total: Count, available: Count, inUse: Count, disabled: Count });

/** What the push over WebSocket carries. */
export const StatsByTopic = z.object({ agents: AgentCounts, work: WorkCounts, targets: TargetCounts }).meta({ id: 'StatsByTopic' });
export type StatsByTopic = z.infer<typeof StatsByTopic>;

const ProjectStats = z.object({ agents: Count, pendingWork: Count, activeWork: Count, targets: Count, lastActivity: Timestamp });

/** All four shapes that clients know, at once, of the same counts. */
export const Stats = z
  .object({
    ...StatsByTopic.shape,
    totalProjects: Count,
    totals: z.object({ agents: Count, pendingWork: Count, activeWork: Count, completedWork: Count, failedWork: Count, targets: Count }),
    byProject: z.record(ProjectId, ProjectStats),
    totalAgents: Count,
    totalWork: Count,
    ...WorkCounts.shape,
    total: Count.meta({ description: 'All work items.' }),
  })
  .meta({ id: 'Stats' });
export type Stats = z.infer<typeof Stats>;

/** One project's rows, counted. */
export interface ProjectCounts {
  readonly projectId: ProjectId;
  readonly work: Readonly<Partial<Record<WorkStatus, number>>>;
  readonly targets: { readonly available: number; readonly inUse: number; readonly disabled: number; readonly error: number };
  readonly lastActivity: string;
}

/** The counts of these projects and agents; the caller has chosen those that are somebody's to see. */
export function toStats(counts: readonly ProjectCounts[], agents: readonly Agent[]): Stats {
  const projects = withAgentsOnly(counts, agents);
  const topics = { agents: countAgents(agents), work: countWork(counts), targets: countTargets(counts) };
  const { agents: counted, work, targets } = topics;
  const total = work.pending + work.active + work.completed + work.failed;
  return {
    ...topics,
    totalProjects: projects.length,
    totals: {
      agents: counted.total,
      pendingWork: work.pending,
      activeWork: work.active,
      completedWork: work.completed,
      failedWork: work.failed,
      targets: targets.total,
    },
    byProject: Object.fromEntries(projects.map((project) => [project.projectId, projectStats(project, agents)])),
    totalAgents: counted.total,
    totalWork: total,
    ...work,
    total,
  };
}

/** Projects that exist by their agents alone are projects too. What agents say of their own activity would never let an answer stay the same. */
function withAgentsOnly(counts: readonly ProjectCounts[], agents: readonly Agent[]): readonly ProjectCounts[] {
  const known = new Map(counts.map((one) => [one.projectId, one]));
  for (const { projectId, status, registeredAt } of agents) {
    if (status === 'offline' || known.has(projectId)) continue;
    known.set(projectId, { projectId, work: {}, targets: { available: 0, inUse: 0, disabled: 0, error: 0 }, lastActivity: registeredAt });
  }
  return [...known.values()].sort((a, b) => (a.projectId < b.projectId ? -1 : 1));
}

function projectStats(project: ProjectCounts, agents: readonly Agent[]): z.infer<typeof ProjectStats> {
  const { pending, active } = countWork([project]);
  return {
    agents: agents.filter(({ projectId, status }) => projectId === project.projectId && status !== 'offline').length,
    pendingWork: pending,
    activeWork: active,
    targets: countTargets([project]).total,
    lastActivity: project.lastActivity,
  };
}

function countAgents(agents: readonly Agent[]): StatsByTopic['agents'] {
  const byStatus = { online: 0, busy: 0, offline: 0 };
  const byType = new Map<string, number>();
  for (const { status, agentType } of agents) {
    byStatus[status] += 1;
    if (status !== 'offline') byType.set(agentType, (byType.get(agentType) ?? 0) + 1);
  }
  return { total: byStatus.online + byStatus.busy, byType: Object.fromEntries([...byType].sort(([a], [b]) => (a < b ? -1 : 1))), byStatus };
}

function countWork(counts: readonly ProjectCounts[]): StatsByTopic['work'] {
  const of = (...statuses: WorkStatus[]): number => sum(counts.map(({ work }) => sum(statuses.map((status) => work[status] ?? 0))));
  return { pending: of('pending'), active: of('assigned', 'in-progress'), completed: of('completed'), failed: of('failed', 'cancelled') };
}

function countTargets(counts: readonly ProjectCounts[]): StatsByTopic['targets'] {
  const of = (name: keyof ProjectCounts['targets']): number => sum(counts.map(({ targets }) => targets[name]));
  const [available, inUse, disabled] = [of('available'), of('inUse'), of('disabled')];
  return { total: available + inUse + disabled + of('error'), available, inUse, disabled };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
