/** Request bodies that are worth showing, by operation; a test holds them against the schemas. */
export const REQUEST_EXAMPLES: Readonly<Record<string, object>> = {
  submitWork: {
    description: 'Make the date parser accept week numbers, with tests.',
    boundary: 'personal',
    capability: 'typescript',
    priority: 7,
    preferredAgentType: 'claude-code',
    deadline: '2030-01-31T18:00:00Z',
    contextData: { repository: 'git@example.com:team/dates.git', branch: 'main' },
  },
  cancelWork: { reason: 'The feature was dropped.' },
  registerTarget: {
    name: 'laptop',
    agentType: 'claude-code',
    capabilities: ['typescript'],
    boundaries: ['personal', 'open-source'],
    mechanism: 'local',
    config: { mechanism: 'local', local: { command: 'claude', args: ['--print'], workingDirectory: '/home/me/work' } },
    limits: { agentsMax: 2 },
  },
  createToken: { name: 'ci', scopes: ['work:write'], projects: ['website'], expiresAt: '2030-01-31T18:00:00Z' },
  updateProject: {
    version: 1,
    description: 'The website and its shop.',
    policy: {
      slotsMax: 5,
      boundaries: { corporate: { agentTypes: ['copilot-cli'], triggerSpinUpOnEmpty: false } },
      otherBoundaries: 'forbid',
    },
  },
};
