import { z } from 'zod';
import { Activity } from '../holds/hold.ts';
import { ProjectId, Timestamp } from '../ids.ts';
import { OwnPolicy, ProjectPolicy } from '../policy/project-policy.ts';

const Description = z.string().max(4096);
const Version = z.int().min(0).max(2_147_483_647);

/** The tenant, with what it says itself and what therefore holds. */
export const Project = z
  .object({
    id: ProjectId,
    description: Description.exactOptional(),
    policy: OwnPolicy.meta({ description: 'What the project says itself.' }),
    effectivePolicy: ProjectPolicy.meta({ description: 'What holds: its own words over the defaults.' }),
    slotsHeld: z.int().min(0).meta({ description: 'Slots it holds now, of `effectivePolicy.slotsMax`.' }),
    activity: Activity,
    version: Version,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Project' });
export type Project = z.infer<typeof Project>;

/** Body of `PUT /api/projects/:id`: the whole of what the project says itself. */
export const ProjectUpdate = z
  .object({
    version: Version.meta({ description: 'The version that was read; 0 for a project that does not exist yet. Another one is answered with 409.' }),
    description: Description.exactOptional(),
    policy: OwnPolicy.prefault({}),
  })
  .meta({ id: 'ProjectUpdate' });
export type ProjectUpdate = z.infer<typeof ProjectUpdate>;
