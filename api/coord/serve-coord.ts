import { COORD_QUEUE_GROUP, COORD_ROOT } from '../../src/domain/subjects.ts';
import type { RequestServer } from '../../src/ports/request-server.ts';
import type { ApiDeps } from '../deps.ts';
import { agentSubjects } from './agent-subjects.ts';
import { answerRequest, refuseRequest } from './answer-request.ts';
import type { CoordSubject } from './coord-subject.ts';
import { spinUpSubjects } from './spin-up-subjects.ts';
import { statsSubjects } from './stats-subjects.ts';
import { targetSubjects } from './target-subjects.ts';
import { workSubjects } from './work-subjects.ts';

/**
 * Weft's control plane over NATS, for clients older than the REST interface: the same functions answer both. Until `signal`
 * aborts; of all api processes one answers each request.
 */
export async function serveCoord(server: RequestServer, deps: ApiDeps, signal: AbortSignal): Promise<void> {
  const subjects = new Map(allSubjects(deps).map((subject) => [`${COORD_ROOT}.${subject.name}`, subject]));
  await server.serve(
    {
      subjects: [...subjects.keys()],
      queue: COORD_QUEUE_GROUP,
      answer: async (request) => {
        const subject = subjects.get(request.pattern);
        return subject === undefined ? refuseRequest() : answerRequest(subject, request, deps);
      },
      refuse: refuseRequest,
    },
    signal,
  );
}

function allSubjects(deps: ApiDeps): readonly CoordSubject[] {
  return [workSubjects, targetSubjects, spinUpSubjects, agentSubjects, statsSubjects].flatMap((subjects) => subjects(deps));
}
