import type { WorkPhase, WorkStatus } from './work-item.ts';

/** The outward status of a phase: waiting or starting = pending, leased = assigned, working = in-progress, dead-lettered = failed. */
export function toWorkStatus(phase: WorkPhase): WorkStatus {
  switch (phase) {
    case 'accepted':
    case 'waiting':
    case 'starting':
      return 'pending';
    case 'leased':
      return 'assigned';
    case 'working':
      return 'in-progress';
    case 'completed':
      return 'completed';
    case 'dead-lettered':
      return 'failed';
    case 'cancelled':
      return 'cancelled';
  }
}
