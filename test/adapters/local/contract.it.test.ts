import { describeMechanism } from '../../support/mechanism-contract.ts';
import { openLocalPlace } from './local-place.ts';

describeMechanism('local', openLocalPlace);
