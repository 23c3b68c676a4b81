import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AgentGuid, COORD_GLOBAL, Fence, GivenProjectId, GivenTimestamp, HostId, ProjectId, Timestamp, WorkId } from '../../src/domain/ids.ts';
import { commandSubject, eventSubject, heartbeatSubject, logSubject, reportSubject } from '../../src/domain/subjects.ts';

const WORK_ID = '5f4d1f3a-7d43-4a5b-9a3c-0d7f5d3b2c11';

describe.each([
  ['AgentGuid', AgentGuid],
  ['ProjectId', ProjectId],
  ['GivenProjectId', GivenProjectId],
])('%s', (_, Id) => {
  test.each(['default', 'a', 'team-1_x', 'büro', WORK_ID, 'x'.repeat(64), '$x'])('takes %j', (id) => {
    expect(Id.parse(id)).toBe(id);
  });

  test.each(['', ' ', 'a b', 'a.b', '..', '*', 'a*', '>', 'a/b', 'a\\b', 'a\nb', 'a\0', 'a\u00a0b', 'a\u202eb', '\ud800', 'x'.repeat(65)])(
    'refuses %j',
    (id) => {
      expect(Id.safeParse(id).success).toBe(false);
    },
  );

  test('that was taken is one token of a subject and one segment of a path, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (text) => {
        fc.pre(Id.safeParse(text).success);
        const subjects = [
          commandSubject(text, text, 'assign'),
          heartbeatSubject(text, text),
          reportSubject(text, WORK_ID, 'claimed'),
          logSubject(text, WORK_ID),
          eventSubject(text, 'work:submitted'),
        ];

        expect(subjects.map((subject) => subject.split('.').length)).toEqual([6, 5, 6, 5, 6]);
        for (const subject of subjects) expect(subject).not.toMatch(/[\s*>]|\.\./u);
        expect(new URL(`http://host/${encodeURIComponent(text)}/x`).pathname.split('/')).toHaveLength(3);
      }),
    );
  });
});

test('the name that stands for all projects may be read as one, but not given', () => {
  expect(ProjectId.safeParse(COORD_GLOBAL).success).toBe(true);
  expect(GivenProjectId.safeParse(COORD_GLOBAL).success).toBe(false);
});

describe('WorkId', () => {
  test('takes what randomUUID makes', () => {
    expect(WorkId.safeParse(WORK_ID).success).toBe(true);
  });

  test.each(['', 'work-1', `${WORK_ID} `, `${WORK_ID}x`, WORK_ID.replaceAll('-', ''), '*'])('refuses %j', (id) => {
    expect(WorkId.safeParse(id).success).toBe(false);
  });
});

describe('HostId', () => {
  test.each(['laptop', 'a_b-C9'])('takes %j', (id) => {
    expect(HostId.safeParse(id).success).toBe(true);
  });

  test.each(['', 'a.b', 'a/b', 'a b', 'ü', 'a\n', 'x'.repeat(65)])('refuses %j', (id) => {
    expect(HostId.safeParse(id).success).toBe(false);
  });
});

describe('Fence', () => {
  test.each([0, 1, 2_147_483_647])('takes %d', (fence) => {
    expect(Fence.safeParse(fence).success).toBe(true);
  });

  test.each([-1, 0.5, 2_147_483_648, Number.NaN, '1'])('refuses %p', (fence) => {
    expect(Fence.safeParse(fence).success).toBe(false);
  });
});

describe('timestamps', () => {
  test('take whatever toISOString writes', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9998-12-31T00:00:00.000Z'), noInvalidDate: true }), (date) => {
        expect(Timestamp.parse(date.toISOString())).toBe(date.toISOString());
        expect(GivenTimestamp.safeParse(date.toISOString()).success).toBe(true);
      }),
    );
  });

  test('that were taken are times to JavaScript', () => {
    for (const text of ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.123456Z', '2026-01-02T03:04:05+02:00', '2024-02-29T23:59:59-11:30']) {
      expect(Timestamp.safeParse(text).success).toBe(true);
      expect(Number.isNaN(Date.parse(text))).toBe(false);
    }
  });

  test.each(['', 'now', '2026-01-02', '2026-01-02T03:04:05', '2026-13-02T03:04:05Z', '2026-02-29T00:00:00Z', '2026-01-02T24:00:00Z'])('refuse %j', (text) => {
    expect(Timestamp.safeParse(text).success).toBe(false);
  });

  test.each(['1969-12-31T23:59:59Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', `2026-01-02T03:04:05.${'0'.repeat(60)}Z`])(
    'refuse %j from outside',
    (text) => {
      expect(GivenTimestamp.safeParse(text).success).toBe(false);
    },
  );

  test.each(['+16:00', '+21:39', '-16:00', '-23:59'])('refuse an offset of %s from outside', (offset) => {
    expect(GivenTimestamp.safeParse(`2030-01-02T03:04:05${offset}`).success).toBe(false);
  });

  test.each(['Z', '+00:00', '+14:00', '-12:00', '+15:59', '-15:59'])('take an offset of %s from outside', (offset) => {
    expect(GivenTimestamp.safeParse(`2030-01-02T03:04:05${offset}`).success).toBe(true);
  });
});
