import type { Generated } from 'kysely';
import type { DefaultTime, NullableTime } from './column-types.ts';

export interface HostTables {
  hosts: {
    id: string;
    open: boolean;
    hostname: Generated<string | null>;
    updated_at: DefaultTime;
    gone_at: NullableTime;
    gone_by: Generated<string | null>;
    gone_reason: Generated<string | null>;
  };
  host_beats: { host_id: string; seen_at: DefaultTime; up_until: DefaultTime };
}
