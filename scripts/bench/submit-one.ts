import { WorkItem } from '../../src/domain/work/work-item.ts';

/** What is submitted; nobody offers its capability, so that items wait and no agent runs. */
export const WORK = {
  capability: 'bench',
  boundary: 'personal',
  priority: 5,
  description: 'Bring the end-to-end tests of the payment service up to date with the new form of refunds, and run them.',
};

export async function submitOne(api: string): Promise<WorkItem> {
  const answer = await fetch(`${api}/api/work`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(WORK) });
  if (answer.status !== 201) throw new Error(`the item was not accepted: ${await answer.text()}`);
  return WorkItem.parse(await answer.json());
}
