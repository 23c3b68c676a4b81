import type { ProjectId } from '../domain/ids.ts';

type Count = Readonly<Record<string, number>>;

/** A project's figures as clients of the WebSocket read them. */
export interface ProjectFigures {
  readonly agents: { readonly total: number; readonly byType: Count; readonly byStatus: Count };
  readonly work: { readonly pending: number; readonly active: number; readonly completed: number; readonly failed: number };
  readonly targets: { readonly total: number; readonly available: number; readonly inUse: number; readonly disabled: number };
}

export interface StatsReader {
  /** As things are now. Throws `LEDGER_UNAVAILABLE` when PostgreSQL is away. */
  read: (projectId: ProjectId) => Promise<ProjectFigures>;
}
