// Generated from the API's OpenAPI document by `npm run openapi`; a test compares the two.
/* eslint-disable */
export interface paths {
    "/api/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List agents in order of GUID
         * @description Without `projectId` those of all projects that the caller may see.
         */
        get: operations["listAgents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{guid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look at an agent */
        get: operations["getAgent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{guid}/shutdown": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask an agent to stop
         * @description One that Weft started is stopped for certain, and its work goes on elsewhere. Others are told on NATS; whether they listen is theirs.
         */
        post: operations["shutdownAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/shutdown-batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask many agents to stop
         * @description One that cannot be asked does not spare the others; the answer says what became of each.
         */
        post: operations["shutdownAgents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who changed what, the latest first
         * @description Every change through this API stands here, written in the transaction that made it. A caller that is bound to projects sees theirs only.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Name the channels of a project */
        get: operations["listChannels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels/{name}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the newest messages of a channel */
        get: operations["listChannelMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List deployments in order of name */
        get: operations["listDeployments"];
        put?: never;
        /**
         * Keep so many agents running on these targets
         * @description They are started within the limits of the targets, replaced when they end (as the restart policy says, and later each time that one fails in a row), and supervised until the deployment is removed. With the task `serve` they are free agents for work items; with `command` each runs the command of its target.
         */
        post: operations["createDeployment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a deployment: how far it is, why, and each of its replicas
         * @description The ETag is its version, for `If-Match` of an update.
         */
        get: operations["getDeployment"];
        /**
         * Change the given fields of a deployment
         * @description Everything else stays. Another task, other needs, or targets without those that replicas run on: such replicas are replaced, one at a time and only while all others are ready. With `If-Match` or `version` it is refused with 409 when somebody else has changed the deployment meanwhile.
         */
        put: operations["updateDeployment"];
        post?: never;
        /**
         * Drain a deployment, and remove it when its last agent is gone
         * @description Until then it is there, with `removing`, and keeps its name.
         */
        delete: operations["removeDeployment"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{id}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let all agents of a deployment leave, and start none until it is resumed
         * @description An agent that works on an item leaves when that has ended.
         */
        post: operations["drainDeployment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to a deployment and its replicas, in order */
        get: operations["listDeploymentEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start nothing more for a deployment
         * @description What runs goes on; nothing is started, replaced or restarted.
         */
        post: operations["pauseDeployment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{id}/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace every replica of a deployment, one at a time
         * @description Each only while all others are ready. So a changed configuration of a target reaches its agents.
         */
        post: operations["restartDeployment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on with a deployment that was paused or drained
         * @description What is missing is started again.
         */
        post: operations["resumeDeployment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{id}/scale": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say how many replicas a deployment has
         * @description Of fewer, those with the highest numbers leave; an agent that works on an item leaves when that has ended.
         */
        post: operations["scaleDeployment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Grant nothing new, and let agents go, in any project
         * @description As a pause; besides, agents that Weft has started leave as soon as they are free. `state` is `drained` when the last one is gone. Only for tokens that are not bound to projects. `GET /api/stats` shows it.
         */
        post: operations["drainEverything"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened, in order
         * @description With `Accept: text/event-stream` the events follow as they happen; `Last-Event-ID` resumes after a position, whatever happened meanwhile.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List hosts in order of id
         * @description A caller that is bound to projects sees the hosts of their targets and agents, and of those only what is of these projects.
         */
        get: operations["listHosts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hosts/{id}/gone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that a host does not come back
         * @description Its agents are given up, though nobody can verify that they have ended: their places are free within moments, what they worked on goes on elsewhere, and deployments replace them. Refused (`HOST_IS_UP`) while its worker is there, and for 30 s after it was last heard of. Should the host come back all the same, it first stops the agents that were given up, and then serves again. Doing it again changes nothing. Only for tokens that are not bound to projects.
         */
        post: operations["declareHostGone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Grant nothing new, in any project
         * @description Items wait with that reason; what runs goes on. Only for tokens that are not bound to projects. `GET /api/stats` shows it.
         */
        post: operations["pauseEverything"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the projects that the caller reaches, in order of id
         * @description A project exists from its first use, the one of requests that name none from the start.
         */
        get: operations["listProjects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a project, its own policy and what therefore holds
         * @description With an `ETag`; the same one in `If-None-Match` is answered with 304 while nothing has changed.
         */
        get: operations["getProject"];
        /**
         * Say what a project may hold and where its work may go
         * @description Replaces the description and all that the project says itself; what it does not say is the default. It holds at once, also for items that wait: none of them goes where the new policy does not send it. Attempts that have begun go on. `slotsMax` is the operator’s: a token that is bound to projects cannot change it.
         */
        put: operations["updateProject"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{id}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Grant nothing new, and let agents go in a project
         * @description As a pause; besides, agents that Weft has started leave as soon as they are free. `state` is `drained` when the last one is gone.
         */
        post: operations["drainProject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Grant nothing new in a project
         * @description Items wait with that reason; what runs goes on.
         */
        post: operations["pauseProject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Grant again in a project
         * @description Ends a pause or a drain.
         */
        post: operations["resumeProject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Grant again, in any project
         * @description Ends a pause or a drain. Only for tokens that are not bound to projects. `GET /api/stats` shows it.
         */
        post: operations["resumeEverything"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/spin-ups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look at a spin-up */
        get: operations["getSpinUp"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count everything
         * @description The ETag says whether anything but the time has changed: `If-None-Match` with it gives 304.
         */
        get: operations["getStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/stats/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Name the projects
         * @description The ETag says whether anything but the time has changed: `If-None-Match` with it gives 304.
         */
        get: operations["listProjectNames"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List targets, those that can start agents first, then by name
         * @description Disabled ones are listed too. One that is enabled, disabled or checked between two pages may be seen twice or not at all.
         */
        get: operations["listTargets"];
        put?: never;
        /**
         * Register a target
         * @description The answer, like every later one, shows secret values of `config` (`env`, headers, passwords) as `***`. Agents can be started on `local` targets; the others are kept and listed.
         */
        post: operations["registerTarget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/targets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a target
         * @description The ETag is its version, for `If-Match` of an update.
         */
        get: operations["getTarget"];
        /**
         * Change the given fields of a target
         * @description Everything else stays; name, agent type and mechanism cannot be changed and are ignored. With `If-Match` or `version` it is refused with 409 when somebody else has changed the target meanwhile.
         */
        put: operations["updateTarget"];
        post?: never;
        /**
         * Remove a target
         * @description Nothing is started there any more; agents that run there go on.
         */
        delete: operations["removeTarget"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/targets/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start nothing more on a target
         * @description Agents that run there go on, and take the work that fits them.
         */
        post: operations["disableTarget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/targets/{id}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start nothing more on a target, and let its agents go
         * @description It is disabled; besides, agents that run there leave as soon as they are free. `drain` of the target says how far that is. `enable` ends it.
         */
        post: operations["drainTarget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/targets/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let agents be started on a target again
         * @description What was found of it is forgotten: its breaker is closed and its health is unknown.
         */
        post: operations["enableTarget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/targets/{id}/spin-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start an agent without a work item
         * @description Runs the target's command once, as an agent, as soon as the target's limits allow it. While one operation of the target is in flight, that one is answered.
         */
        post: operations["spinUpTarget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/targets/{id}/spin-ups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the spin-ups of a target, the newest first */
        get: operations["listSpinUps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/targets/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look whether an agent could be started on a target now
         * @description Its host is asked and looks, without starting anything. What it finds becomes the health of the target. A host that does not answer within the time of `healthCheck.timeoutMs` (here 15 s at most) is unhealthy too.
         */
        post: operations["testTarget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/targets/disable-batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disable many targets
         * @description Those of one project that a filter finds (an empty one finds all), or those that are named; at most 1,000 in one call.
         */
        post: operations["disableTargets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List tokens, the newest first
         * @description Revoked and expired ones too, never their secrets. A caller that is bound to projects sees tokens of those projects only.
         */
        get: operations["listTokens"];
        put?: never;
        /**
         * Make a token
         * @description It can do no more than its maker: scopes and projects beyond those of the calling token are refused. Only a hash of it is kept. A name that a token has which the caller may see, and which is neither revoked nor expired, is answered with 409.
         */
        post: operations["createToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke a token
         * @description Every replica refuses it within two seconds, and ends what it keeps open within five. It stays in the list. Doing it again changes nothing.
         */
        delete: operations["revokeToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List work items, the most urgent first
         * @description All filters that are given must hold. Without `limit` and `cursor` up to 1000 items come at once. A page of heavy items may end before its limit; `hasMore` says whether the list goes on.
         */
        get: operations["listWork"];
        put?: never;
        /**
         * Submit a work item
         * @description With an `Idempotency-Key`, the same key and body give the same item (200, `Idempotent-Replayed: true`); another body gives 409. With `dryRun=true` nothing is written, and the answer says what would become of it.
         */
        post: operations["submitWork"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look at a work item */
        get: operations["getWork"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the priority, the deadline or the earliest start of a work item
         * @description For items that have not ended. A deadline that has passed is refused. An item past its deadline gets no agent any more, and fails within moments.
         */
        patch: operations["updateWork"];
        trace?: never;
    };
    "/api/work/{id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer the question of an agent
         * @description A question has one answer; it is recorded first, and the agent gets it even if everything dies in between. The same answer again changes nothing, another one is refused (409), and so is one that comes too late.
         */
        post: operations["answerWork"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve a work item that waits for a person
         * @description Holds for all its attempts until it is driven again. Who submitted it may not approve it, where tokens tell people apart. The first decision counts; another one, or one that comes too late, is refused (409).
         */
        post: operations["approveWork"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/{id}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The attempts of a work item, where each was made and how it ended
         * @description Those before it was driven again included.
         */
        get: operations["listWorkAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a work item
         * @description The wish is recorded first and holds from then on. An item that has already ended stays as it is; the answer says so.
         */
        post: operations["cancelWork"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/{id}/decision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why a work item went where it went, or why it waits */
        get: operations["getWorkDecision"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to a work item, in order */
        get: operations["listWorkEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/{id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the agents of a work item printed
         * @description As JSON, as `text/plain`, or, with `follow` or `Accept: text/event-stream`, as it is printed. Kept for days; 503 while NATS is away.
         */
        get: operations["getWorkLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/{id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject a work item that waits for a person
         * @description It fails for good, with the code `rejected` and the reason. The first decision counts; another one, or one that comes too late, is refused (409).
         */
        post: operations["rejectWork"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drive a failed work item again
         * @description Attempts and the total time count anew; the fence goes on. An item that has not failed is left alone (409).
         */
        post: operations["retryWork"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit many work items
         * @description One that is refused does not stop the others, but those that depend on it. What is accepted is safe, and started at once or a little later. What the time of the request did not suffice for has the code `OUT_OF_TIME`; with an `Idempotency-Key`, the same request again goes on.
         */
        post: operations["submitWorkBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/cancel-batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel many work items, or take them from their agents
         * @description One item that cannot be cancelled does not stop the others; the answer says what became of each.
         */
        post: operations["cancelWorkBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/retry-batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drive many failed work items again
         * @description Each as by itself: under a new fence, with attempts and total time counted anew. One that cannot be driven again does not stop the others; the answer says why. `dryRun` only says it.
         */
        post: operations["retryWorkBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process answers */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process answers */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Work can be taken */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    event: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** An event, as a frame of the WebSocket /api/ws */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["EventFrame"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        Activity: {
            by?: string;
            reason?: string;
            /** Format: date-time */
            since?: string;
            /**
             * @description paused: nothing new is granted · draining: and agents leave as soon as they are free · drained: all have left.
             * @enum {string}
             */
            state: "running" | "paused" | "draining" | "drained";
        };
        Agent: {
            agentType: string;
            boundaries: string[];
            capabilities: string[];
            currentTaskCount: number;
            guid: string;
            handle: string;
            hostname: string;
            /** Format: date-time */
            lastActivity: string;
            /**
             * Format: date-time
             * @description By its own clock; `status` says whether it is there.
             */
            lastHeartbeat: string;
            maxConcurrentTasks: number;
            projectId: string;
            /** Format: date-time */
            registeredAt: string;
            spindownAfterIdleMs: number;
            /** @description offline also when it has not been heard of for 180 s. */
            status: components["schemas"]["AgentStatus"];
            username?: string;
            /** @enum {string} */
            visibility: "private" | "project-only" | "user-only" | "public";
        };
        AgentBatchFilterInput: {
            agentType?: string;
            boundary?: string;
            capability?: string;
            /** @description Without a task, and without activity for at least this long. */
            idleTimeMs?: number;
            /**
             * @description idle: online, with nothing to do. Without it, agents that are not offline.
             * @enum {string}
             */
            status?: "online" | "busy" | "offline" | "idle";
        };
        AgentBatchShutdownInput: {
            /** @description Of any project that the caller may see. With a filter as well, only those for which it holds. */
            agentGuids?: string[];
            filter?: components["schemas"]["AgentBatchFilterInput"];
            /**
             * @description When false, agents that have work are left alone and told of as failed.
             * @default true
             */
            graceful?: boolean;
            /**
             * @description How long an agent that Weft started has between being asked to end and being killed. Of several requests before its end has begun, the shortest holds.
             * @default 30000
             */
            gracePeriodMs?: number;
            /** @description Without it the filter holds for agents of every project that the caller may see, as in the list. */
            projectId?: string;
            /**
             * @default manual
             * @enum {string}
             */
            reason?: "manual" | "scaling-down" | "maintenance" | "error";
        };
        AgentBatchShutdownResult: {
            /** Format: date-time */
            completedAt: string;
            /** @description How many stand in `success`. */
            count: number;
            /** @description For those of `failed` that an error of the API stands for, its code. `OUT_OF_TIME`: nothing was done yet; the same call again goes on. */
            errorCodes: {
                [key: string]: string;
            };
            /** @description For each of `failed`, why. */
            errors: {
                [key: string]: string;
            };
            failed: string[];
            graceful: boolean;
            shutdownAgents: string[];
            success: string[];
            /** @description In per cent; 0 when there was nothing to do. */
            successRate: number;
            totalProcessed: number;
        };
        AgentList: {
            agents: components["schemas"]["Agent"][];
            /** @description How many stand in this page. */
            count: number;
            hasMore: boolean;
            /** @description For the next page, under the same filters; null at the end. */
            nextCursor: string | null;
            /** @description For the page before this one; null at the beginning. */
            prevCursor: string | null;
            /** @description How many agents match, over all pages. */
            total: number;
        };
        AgentShutdownInput: {
            /** @default true */
            graceful?: boolean;
            /** @description How long an agent that Weft started has between being asked to end and being killed. Of several requests before its end has begun, the shortest holds. Without it, as its worker is set (WEFT_STOP_GRACE_MS). */
            gracePeriodMs?: number;
            /** @default manual */
            reason?: string;
        };
        AgentShutdownResult: {
            graceful: boolean;
            message: string;
            /** @constant */
            success: true;
        };
        /** @enum {string} */
        AgentStatus: "online" | "busy" | "offline";
        /** @enum {string} */
        AgentStatusInput: "online" | "busy" | "offline";
        AgentSummary: {
            agentType: string;
            guid: string;
            handle?: string;
            hostname?: string;
        };
        /** @enum {string} */
        AgentType: "copilot-cli" | "claude-code";
        /** @enum {string} */
        AgentTypeInput: "copilot-cli" | "claude-code";
        ApiToken: {
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            /** Format: date-time */
            expiresAt?: string;
            id: components["schemas"]["TokenId"];
            /**
             * Format: date-time
             * @description To within some minutes.
             */
            lastUsedAt?: string;
            name: string;
            /** @description null = all projects. */
            projects: string[] | null;
            /** Format: date-time */
            revokedAt?: string;
            scopes: components["schemas"]["Scope"][];
        };
        /** @description Only for work that needs one: `POST /api/work/{id}/approve` and `/reject`. */
        Approval: {
            /** Format: date-time */
            askedAt?: string;
            /** Format: date-time */
            decidedAt?: string;
            /** @description Absent when nobody decided in time. */
            decidedBy?: string;
            /** Format: date-time */
            expiresAt?: string;
            onExpiry?: components["schemas"]["OnNoApproval"];
            reason?: string;
            /** @enum {string} */
            state: "pending" | "approved" | "rejected" | "proceeded";
        };
        ApprovalPolicy: {
            /**
             * @description All work of the project.
             * @default false
             */
            all: boolean;
            /**
             * @description Work of these boundaries.
             * @default []
             */
            boundaries: string[];
            /** @default 86400000 */
            expiresAfterMs: number;
            /** @default reject */
            onExpiry: components["schemas"]["OnNoApproval"];
            /**
             * @description Work that is to be given to these targets, by their names, or to agents there; asked for when nothing else could take it.
             * @default []
             */
            targets: string[];
        };
        ApprovalPolicyInput: {
            /**
             * @description All work of the project.
             * @default false
             */
            all?: boolean;
            /**
             * @description Work of these boundaries.
             * @default []
             */
            boundaries?: string[];
            /** @default 86400000 */
            expiresAfterMs?: number;
            /** @default reject */
            onExpiry?: components["schemas"]["OnNoApprovalInput"];
            /**
             * @description Work that is to be given to these targets, by their names, or to agents there; asked for when nothing else could take it.
             * @default []
             */
            targets?: string[];
        };
        AuditEntry: {
            /** @enum {string} */
            action: "work.submit" | "work.cancel" | "work.retry" | "work.update" | "work.reassign" | "work.answer" | "work.approve" | "work.reject" | "target.register" | "target.update" | "target.enable" | "target.disable" | "target.drain" | "target.remove" | "target.test" | "spin-up.request" | "agent.shutdown" | "deployment.create" | "deployment.update" | "deployment.pause" | "deployment.resume" | "deployment.restart" | "deployment.drain" | "deployment.remove" | "project.update" | "project.pause" | "project.drain" | "project.resume" | "installation.pause" | "installation.drain" | "installation.resume" | "host.gone" | "token.create" | "token.revoke";
            /** @description `operator-1`, `token:<name>:<id>`, `local`, `nats:<project>`, or `weft` for what it does by itself. */
            actor: string;
            /** @description Small facts; null = it is not there any more. */
            after: {
                [key: string]: unknown;
            } | null;
            /** @description Small facts; null = it was not there. */
            before: {
                [key: string]: unknown;
            } | null;
            entityId: string;
            /** @enum {string} */
            entityType: "work" | "target" | "agent" | "spin-up" | "deployment" | "project" | "installation" | "host" | "token";
            /** @description Later changes have greater numbers. */
            id: string;
            /** @description null = of no single project. */
            projectId: string | null;
            requestId: string;
            /** Format: date-time */
            timestamp: string;
        };
        AuditList: {
            /** @description How many stand in this page. */
            count: number;
            entries: components["schemas"]["AuditEntry"][];
            hasMore: boolean;
            /** @description For the next page, under the same filters; null at the end. */
            nextCursor: string | null;
            /** @description For the page before this one; null at the beginning. */
            prevCursor: string | null;
        };
        BoundaryPolicy: ("any" | "forbid") | components["schemas"]["BoundaryRule"];
        BoundaryPolicyInput: ("any" | "forbid") | components["schemas"]["BoundaryRuleInput"];
        BoundaryRule: {
            agentTypes: components["schemas"]["AgentType"][];
            preferred?: components["schemas"]["AgentType"];
            /** @description false = wait until an agent is free, never start one. Without it, agents are started. */
            triggerSpinUpOnEmpty?: boolean;
        };
        BoundaryRuleInput: {
            agentTypes: components["schemas"]["AgentTypeInput"][];
            preferred?: components["schemas"]["AgentTypeInput"];
            /** @description false = wait until an agent is free, never start one. Without it, agents are started. */
            triggerSpinUpOnEmpty?: boolean;
        };
        Channel: {
            description: string;
            name: string;
        };
        ChannelList: {
            channels: components["schemas"]["Channel"][];
            count: number;
            projectId: string;
        };
        ChannelMessage: {
            handle: string;
            message: string;
            /** Format: date-time */
            timestamp: string;
        };
        /** @description The newest messages, the oldest of them first. */
        ChannelMessages: {
            channel: string;
            count: number;
            messages: components["schemas"]["ChannelMessage"][];
            projectId: string;
        };
        ContextData: {
            [key: string]: unknown;
        };
        ContextDataInput: {
            [key: string]: unknown;
        };
        /** @description One of the 19 events that every WebSocket client receives. */
        ContractEvent: ({
            boundary: string;
            capability: string;
            description: string;
            priority: number;
            projectId: string;
            taskId: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "work:submitted";
            workId: components["schemas"]["WorkId"];
        } & {
            [key: string]: unknown;
        }) | ({
            assignedTo: string;
            assignedToAgent: components["schemas"]["EventAgent"];
            boundary: string;
            capability: string;
            projectId: string;
            taskId: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "work:assigned";
            workId: components["schemas"]["WorkId"];
        } & {
            [key: string]: unknown;
        }) | ({
            assignedTo: string;
            assignedToAgent: components["schemas"]["EventAgent"];
            projectId: string;
            taskId: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "work:started";
            workId: components["schemas"]["WorkId"];
        } & {
            [key: string]: unknown;
        }) | ({
            assignedTo: string;
            assignedToAgent: components["schemas"]["EventAgent"];
            progress: number;
            projectId: string;
            taskId: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "work:progress";
            workId: components["schemas"]["WorkId"];
        } & {
            [key: string]: unknown;
        }) | ({
            assignedTo?: string;
            assignedToAgent?: components["schemas"]["EventAgent"];
            projectId: string;
            summary?: string;
            taskId: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "work:completed";
            workId: components["schemas"]["WorkId"];
        } & {
            [key: string]: unknown;
        }) | ({
            assignedTo?: string;
            assignedToAgent?: components["schemas"]["EventAgent"];
            errorMessage: string;
            projectId: string;
            recoverable: boolean;
            taskId: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "work:failed";
            workId: components["schemas"]["WorkId"];
        } & {
            [key: string]: unknown;
        }) | ({
            assignedTo?: string;
            assignedToAgent?: components["schemas"]["EventAgent"];
            projectId: string;
            taskId: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "work:cancelled";
            workId: components["schemas"]["WorkId"];
        } & {
            [key: string]: unknown;
        }) | ({
            agent: components["schemas"]["EventAgent"];
            boundaries: string[];
            capabilities: string[];
            projectId: string;
            status: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "agent:registered";
        } & {
            [key: string]: unknown;
        }) | ({
            agent: components["schemas"]["EventAgent"];
            currentTaskCount: number;
            newStatus: string;
            previousStatus?: string;
            projectId: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "agent:updated";
        } & {
            [key: string]: unknown;
        }) | ({
            agent: components["schemas"]["EventAgent"];
            graceful: boolean;
            projectId: string;
            /** @enum {string} */
            reason: "idle-timeout" | "manual" | "coordinator-shutdown" | "error";
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "agent:shutdown";
        } & {
            [key: string]: unknown;
        }) | ({
            agentType: components["schemas"]["AgentType"];
            boundaries: string[];
            capabilities: string[];
            mechanism: string;
            projectId: string;
            /** Format: uuid */
            targetId: string;
            targetName: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "target:registered";
        } & {
            [key: string]: unknown;
        }) | ({
            newStatus: string;
            previousStatus?: string;
            projectId: string;
            /** Format: uuid */
            targetId: string;
            targetName: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "target:updated";
        } & {
            [key: string]: unknown;
        }) | ({
            projectId: string;
            reason?: string;
            /** Format: uuid */
            targetId: string;
            targetName: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "target:disabled";
        } & {
            [key: string]: unknown;
        }) | ({
            projectId: string;
            /** Format: uuid */
            targetId: string;
            targetName: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "target:removed";
        } & {
            [key: string]: unknown;
        }) | ({
            error?: string;
            newHealth: string;
            previousHealth?: string;
            projectId: string;
            /** Format: uuid */
            targetId: string;
            targetName: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "target:health-changed";
        } & {
            [key: string]: unknown;
        }) | ({
            boundary: string;
            capability: string;
            projectId: string;
            targetAgentType: components["schemas"]["AgentType"];
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "spin-up:triggered";
            workId?: components["schemas"]["WorkId"];
        } & {
            [key: string]: unknown;
        }) | ({
            agentType: components["schemas"]["AgentType"];
            capability: string;
            projectId: string;
            /** Format: uuid */
            targetId: string;
            targetName: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "spin-up:started";
            workId?: components["schemas"]["WorkId"];
        } & {
            [key: string]: unknown;
        }) | ({
            agentGuid?: string;
            agentType: components["schemas"]["AgentType"];
            durationMs: number;
            projectId: string;
            /** Format: uuid */
            targetId: string;
            targetName: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "spin-up:completed";
        } & {
            [key: string]: unknown;
        }) | ({
            agentType: components["schemas"]["AgentType"];
            errorMessage: string;
            projectId: string;
            /** Format: uuid */
            targetId: string;
            targetName: string;
            /** Format: date-time */
            timestamp: string;
            /** @constant */
            type: "spin-up:failed";
            workId?: components["schemas"]["WorkId"];
        } & {
            [key: string]: unknown;
        });
        /** @enum {string} */
        DeadLetterClass: "recoverable" | "fatal" | "spin-up" | "lost" | "idle" | "timeout" | "capacity" | "interrupted" | "deadline" | "dependency" | "rejected" | "terminated-by-operator";
        /** @enum {string} */
        DeadLetterClassInput: "recoverable" | "fatal" | "spin-up" | "lost" | "idle" | "timeout" | "capacity" | "interrupted" | "deadline" | "dependency" | "rejected" | "terminated-by-operator";
        Deployment: {
            conditions: components["schemas"]["DeploymentCondition"][];
            /** Format: date-time */
            createdAt: string;
            description?: string;
            draining: boolean;
            id: components["schemas"]["DeploymentId"];
            name: string;
            paused: boolean;
            projectId: string;
            /** @description It is removed as soon as the last replica is gone. */
            removing: boolean;
            /** @description Of what replicas are started from; an older replica is replaced. */
            revision: number;
            spec: components["schemas"]["DeploymentSpec"];
            status: components["schemas"]["DeploymentStatus"];
            /** Format: date-time */
            updatedAt: string;
            version: number;
        };
        DeploymentBackoff: {
            /** @default 2 */
            factor: number;
            /** @default 1000 */
            initialMs: number;
            /** @default 300000 */
            maxMs: number;
            /**
             * @description A replica that was ready for so long has no failures behind it any more.
             * @default 120000
             */
            resetAfterMs: number;
        };
        DeploymentBackoffInput: {
            /** @default 2 */
            factor?: number;
            /** @default 1000 */
            initialMs?: number;
            /** @default 300000 */
            maxMs?: number;
            /**
             * @description A replica that was ready for so long has no failures behind it any more.
             * @default 120000
             */
            resetAfterMs?: number;
        };
        DeploymentCondition: {
            /**
             * Format: date-time
             * @description When `status` last changed.
             */
            lastTransitionAt: string;
            /** @description A sentence for people. */
            message: string;
            /** @description One word for programs. */
            reason: string;
            /** @enum {string} */
            status: "True" | "False";
            /** @enum {string} */
            type: "Available" | "Progressing" | "Placeable" | "CrashLooping" | "Paused" | "Held";
        };
        DeploymentCreateInput: {
            /** @default {} */
            backoff?: components["schemas"]["DeploymentBackoffInput"];
            description?: string;
            name: string;
            /**
             * @description What a target must offer to be used; all of it.
             * @default {}
             */
            needs?: {
                agentType?: components["schemas"]["AgentTypeInput"];
                /** @default [] */
                boundaries?: string[];
                /** @default [] */
                capabilities?: string[];
            };
            /**
             * @description Start nothing before it is resumed.
             * @default false
             */
            paused?: boolean;
            /**
             * @default spread
             * @enum {string}
             */
            placement?: "spread" | "in-order";
            projectId?: string;
            /** @default 1 */
            replicas?: number;
            /**
             * @default always
             * @enum {string}
             */
            restartPolicy?: "always" | "on-failure" | "never";
            /** @description Ids or names of targets of the same project, the preferred one first. */
            targets: string[];
            /**
             * @description serve: free agents that take work items, kept warm; they are never retired for being idle · command: runs the target's command, once for each start.
             * @default serve
             * @enum {string}
             */
            task?: "serve" | "command";
        };
        DeploymentEvents: {
            count: number;
            deploymentId: components["schemas"]["DeploymentId"];
            events: components["schemas"]["WeftEvent"][];
            hasMore: boolean;
            /** @description The `afterSeq` that continues after this page, now or when more has happened. */
            nextAfterSeq: number;
        };
        /**
         * Format: uuid
         * @description Id of a deployment, given by the server.
         */
        DeploymentId: string;
        DeploymentList: {
            /** @description How many stand in this page. */
            count: number;
            deployments: components["schemas"]["Deployment"][];
            hasMore: boolean;
            /** @description For the next page, under the same filters; null at the end. */
            nextCursor: string | null;
            /** @description For the page before this one; null at the beginning. */
            prevCursor: string | null;
        };
        DeploymentReplica: {
            agentGuid?: string;
            /** @description In a row; each makes the wait before the next start longer. */
            failures: number;
            /** @description It has ended, and the restart policy leaves it at that. */
            finished: boolean;
            index: number;
            /** @description Why the agent before ended. */
            lastEnd?: string;
            /**
             * Format: date-time
             * @description It is started again then.
             */
            notBefore?: string;
            /** Format: date-time */
            readySince?: string;
            restarts: number;
            /** @description Of the deployment, when it was last started. */
            revision: number;
            /** @enum {string} */
            state: "none" | "waiting" | "starting" | "ready" | "stopping" | "ended";
            /** Format: uuid */
            targetId?: string;
            targetName?: string;
        };
        DeploymentScaleInput: {
            replicas: number;
            /** @description Refused with 409 when the deployment has another version by now. */
            version?: number;
        };
        DeploymentSpec: {
            backoff: components["schemas"]["DeploymentBackoff"];
            /** @description What a target must offer to be used; all of it. */
            needs: {
                agentType?: components["schemas"]["AgentType"];
                /** @default [] */
                boundaries: string[];
                /** @default [] */
                capabilities: string[];
            };
            /**
             * @default spread
             * @enum {string}
             */
            placement: "spread" | "in-order";
            /** @default 1 */
            replicas: number;
            /**
             * @default always
             * @enum {string}
             */
            restartPolicy: "always" | "on-failure" | "never";
            /** @description Ids or names of targets of the same project, the preferred one first. */
            targets: string[];
            /**
             * @description serve: free agents that take work items, kept warm; they are never retired for being idle · command: runs the target's command, once for each start.
             * @default serve
             * @enum {string}
             */
            task: "serve" | "command";
        };
        DeploymentStatus: {
            desired: number;
            /** @description On their way out, not yet verified gone. */
            draining: number;
            /** @enum {string} */
            phase: "draining" | "drained" | "paused" | "crash-looping" | "degraded" | "progressing" | "finished" | "available";
            ready: number;
            restarts: number;
            /** @description Waiting for room, or being started. */
            starting: number;
            /** @description Ready, and of the present revision. */
            updated: number;
        };
        DeploymentUpdateInput: {
            backoff?: {
                factor?: number;
                initialMs?: number;
                maxMs?: number;
                resetAfterMs?: number;
            };
            description?: string;
            /** @description What a target must offer to be used; all of it. */
            needs?: {
                agentType?: components["schemas"]["AgentTypeInput"];
                /** @default [] */
                boundaries?: string[];
                /** @default [] */
                capabilities?: string[];
            };
            /** @enum {string} */
            placement?: "spread" | "in-order";
            replicas?: number;
            /** @enum {string} */
            restartPolicy?: "always" | "on-failure" | "never";
            targets?: string[];
            /** @enum {string} */
            task?: "serve" | "command";
            /** @description Refused with 409 when the deployment has another version by now. */
            version?: number;
        };
        DeploymentView: {
            conditions: components["schemas"]["DeploymentCondition"][];
            /** Format: date-time */
            createdAt: string;
            description?: string;
            draining: boolean;
            id: components["schemas"]["DeploymentId"];
            name: string;
            paused: boolean;
            projectId: string;
            /** @description It is removed as soon as the last replica is gone. */
            removing: boolean;
            replicas: components["schemas"]["DeploymentReplica"][];
            /** @description Of what replicas are started from; an older replica is replaced. */
            revision: number;
            spec: components["schemas"]["DeploymentSpec"];
            status: components["schemas"]["DeploymentStatus"];
            /** Format: date-time */
            updatedAt: string;
            version: number;
        };
        DisableBatchInput: {
            filter?: {
                agentType?: components["schemas"]["AgentTypeInput"];
                mechanism?: components["schemas"]["MechanismNameInput"];
                /** @enum {string} */
                status?: "available" | "in-use" | "disabled" | "error";
            };
            projectId?: string;
            reason?: string;
            /** @description Ids or names; they win over a filter. */
            targetIds?: string[];
        };
        DisableBatchResult: {
            /** @description Nothing was to be done; they count as succeeded. */
            alreadyDisabled: string[];
            /** Format: date-time */
            completedAt: string;
            /** @description How many stand in `success`. */
            count: number;
            disabledTargets: string[];
            /** @description For those of `failed` that an error of the API stands for, its code. `OUT_OF_TIME`: nothing was done yet; the same call again goes on. */
            errorCodes: {
                [key: string]: string;
            };
            /** @description For each of `failed`, why. */
            errors: {
                [key: string]: string;
            };
            failed: string[];
            success: string[];
            /** @description In per cent; 0 when there was nothing to do. */
            successRate: number;
            totalProcessed: number;
        };
        /** @description A failure. For a malformed request `details.validationErrors` names every problem. */
        ErrorBody: {
            /** @description Stable; docs/errors.md lists them. */
            code: string;
            details?: {
                [key: string]: unknown;
            };
            error: string;
            message: string;
            requestId: string;
            /** @description Where it failed; only with NODE_ENV=development. */
            stack?: string;
        };
        EventAgent: {
            agentType: string;
            guid: string;
            handle?: string;
            hostname?: string;
        };
        /** @description What a WebSocket subscriber receives. With `all: true` also events of other names, in the same form. */
        EventFrame: {
            data: components["schemas"]["ContractEvent"];
            /** @enum {string} */
            event: "work:submitted" | "work:queued" | "work:granted" | "work:assigned" | "work:started" | "work:progress" | "work:question" | "work:answered" | "work:question-expired" | "work:approval-requested" | "work:approved" | "work:rejected" | "work:approval-expired" | "work:attempt-failed" | "work:report-refused" | "work:cancel-requested" | "work:completed" | "work:failed" | "work:cancelled" | "work:retried" | "work:updated" | "agent:starting" | "agent:registered" | "agent:updated" | "agent:shutdown" | "agent:gone" | "target:registered" | "target:updated" | "target:disabled" | "target:removed" | "target:health-changed" | "target:breaker-opened" | "target:breaker-half-opened" | "target:breaker-closed" | "spin-up:triggered" | "spin-up:started" | "spin-up:completed" | "spin-up:failed" | "deployment:created" | "deployment:updated" | "deployment:paused" | "deployment:resumed" | "deployment:restarted" | "deployment:draining" | "deployment:removing" | "deployment:removed" | "deployment:phase-changed" | "deployment:replica-starting" | "deployment:replica-stopping" | "deployment:replica-ended" | "project:paused" | "project:draining" | "project:resumed";
            /** @description Resume after it with `{"type":"subscribe","topic":…,"after":id}`; keep one for each topic. */
            id: number;
            projectId: string;
            /** Format: date-time */
            timestamp: string;
            topic: components["schemas"]["EventTopic"];
            /** @constant */
            type: "event";
        };
        EventPage: {
            count: number;
            events: components["schemas"]["WeftEvent"][];
            hasMore: boolean;
            /** @description The `after` that continues after this page, now or when more has happened. */
            nextAfter: number;
        };
        /** @enum {string} */
        EventTopic: "work" | "agents" | "targets" | "deployments" | "projects";
        /** @enum {string} */
        EventTopicInput: "work" | "agents" | "targets" | "deployments" | "projects";
        Health: {
            documentation: string;
            /** @constant */
            status: "ok";
            /** Format: date-time */
            timestamp: string;
            websocket: {
                connections: number;
                /** @constant */
                status: "ok";
            };
        };
        HoldReasonInput: {
            reason?: string;
        };
        Host: {
            /** @description Who has declared it gone, and when; until it is back. */
            gone?: {
                /** Format: date-time */
                at: string;
                by: string;
                reason?: string;
            };
            /** @description What its machine calls itself, since its worker has said so. */
            hostname?: string;
            id: string;
            /** @description When its worker was last heard of; it says so every 5 s. */
            lastSeenAt: string | null;
            /** @description Agents that were declared gone with it, and that nobody has verified: it stops them when it is back. */
            leftBehind: number;
            /** @description Starts are granted there. */
            open: boolean;
            /** @description Agents that were started there and are not known to be gone; they count against their targets. */
            sessions: {
                busy: number;
                draining: number;
                free: number;
                starting: number;
                total: number;
            };
            state: components["schemas"]["HostState"];
            /** @description Those that name it, the first 100. */
            targets: {
                /** Format: uuid */
                id: string;
                name: string;
                projectId: string;
            }[];
            targetsTotal: number;
            /**
             * Format: date-time
             * @description When it was last opened, stopped or declared gone.
             */
            updatedAt: string;
        };
        HostGoneRequestInput: {
            /** @description Stands in the audit, and in what its agents ended of. */
            reason?: string;
        };
        HostList: {
            /** @description How many stand in this page. */
            count: number;
            hasMore: boolean;
            hosts: components["schemas"]["Host"][];
            /** @description For the next page, under the same filters; null at the end. */
            nextCursor: string | null;
            /** @description For the page before this one; null at the beginning. */
            prevCursor: string | null;
        };
        /**
         * @description up: its worker was heard of within the last 30 s · stopped: its worker was stopped in order · silent: nothing is heard of its worker, and nobody has stopped it · gone: somebody has declared that it does not come back.
         * @enum {string}
         */
        HostState: "up" | "stopped" | "silent" | "gone";
        LogLine: {
            agentGuid: string;
            /** Format: date-time */
            at: string;
            fence: number;
            /** @enum {string} */
            stream: "stdout" | "stderr";
            text: string;
        };
        /** @enum {string} */
        MechanismName: "ssh" | "github-actions" | "local" | "webhook" | "kubernetes";
        /** @enum {string} */
        MechanismNameInput: "ssh" | "github-actions" | "local" | "webhook" | "kubernetes";
        /** @enum {string} */
        OnDependencyFailure: "fail" | "release";
        /** @enum {string} */
        OnDependencyFailureInput: "fail" | "release";
        /** @enum {string} */
        OnNoAnswer: "fail" | "proceed";
        /** @enum {string} */
        OnNoApproval: "reject" | "proceed";
        /** @enum {string} */
        OnNoApprovalInput: "reject" | "proceed";
        OwnPolicy: {
            /** @description What may start only when a person has approved it. Without it, nothing waits for one. */
            approval?: components["schemas"]["ApprovalPolicy"];
            boundaries?: {
                [key: string]: components["schemas"]["BoundaryPolicy"];
            };
            /** @description An agent free for longer is retired, where its target says nothing; 0 = never. Without it as the installation is set. */
            idleTimeoutMs?: number;
            /** @description For every boundary that is not named. */
            otherBoundaries?: components["schemas"]["BoundaryPolicy"];
            retry?: components["schemas"]["OwnRetryPolicy"];
            /** @description Slots (agents at work or starting) the project may hold at once; 0 = nothing is handed out. */
            slotsMax?: number;
            /** @description Slots for items of one capability; `*` = each capability that is not named. */
            slotsMaxByCapability?: {
                [key: string]: number;
            };
            /** @description Slots at agents of one mechanism; `*` = each mechanism that is not named. */
            slotsMaxByMechanism?: {
                [key: string]: number;
            };
            /** @description Slots for items of one submitter (the name of the token); `*` = each submitter that is not named. */
            slotsMaxBySubmitter?: {
                [key: string]: number;
            };
            /** @description What it may hold beside other projects that want the same: by weight, in agent-minutes of the last hour. Without it 1. */
            weight?: number;
        };
        OwnPolicyInput: {
            /** @description What may start only when a person has approved it. Without it, nothing waits for one. */
            approval?: components["schemas"]["ApprovalPolicyInput"];
            boundaries?: {
                [key: string]: components["schemas"]["BoundaryPolicyInput"];
            };
            /** @description An agent free for longer is retired, where its target says nothing; 0 = never. Without it as the installation is set. */
            idleTimeoutMs?: number;
            /** @description For every boundary that is not named. */
            otherBoundaries?: components["schemas"]["BoundaryPolicyInput"];
            retry?: components["schemas"]["OwnRetryPolicyInput"];
            /** @description Slots (agents at work or starting) the project may hold at once; 0 = nothing is handed out. */
            slotsMax?: number;
            /** @description Slots for items of one capability; `*` = each capability that is not named. */
            slotsMaxByCapability?: {
                [key: string]: number;
            };
            /** @description Slots at agents of one mechanism; `*` = each mechanism that is not named. */
            slotsMaxByMechanism?: {
                [key: string]: number;
            };
            /** @description Slots for items of one submitter (the name of the token); `*` = each submitter that is not named. */
            slotsMaxBySubmitter?: {
                [key: string]: number;
            };
            /** @description What it may hold beside other projects that want the same: by weight, in agent-minutes of the last hour. Without it 1. */
            weight?: number;
        };
        OwnRetryPolicy: {
            [key: string]: components["schemas"]["OwnRetryRule"];
        };
        OwnRetryPolicyInput: {
            [key: string]: components["schemas"]["OwnRetryRuleInput"];
        };
        OwnRetryRule: {
            /** @description So many attempts of an item may end with this class. The item’s own `attemptsMax` holds as well, but for `capacity` and `interrupted`. */
            attemptsMax?: number;
            /** @description By which the delay grows with each attempt. */
            factor?: number;
            /** @description Before the second attempt. */
            firstMs?: number;
            /** @description The longest delay; the real one is shorter by up to a quarter, at random. */
            mostMs?: number;
        };
        OwnRetryRuleInput: {
            /** @description So many attempts of an item may end with this class. The item’s own `attemptsMax` holds as well, but for `capacity` and `interrupted`. */
            attemptsMax?: number;
            /** @description By which the delay grows with each attempt. */
            factor?: number;
            /** @description Before the second attempt. */
            firstMs?: number;
            /** @description The longest delay; the real one is shorter by up to a quarter, at random. */
            mostMs?: number;
        };
        Project: {
            activity: components["schemas"]["Activity"];
            /** Format: date-time */
            createdAt: string;
            description?: string;
            /** @description What holds: its own words over the defaults. */
            effectivePolicy: components["schemas"]["ProjectPolicy"];
            id: string;
            /** @description What the project says itself. */
            policy: components["schemas"]["OwnPolicy"];
            /** @description Slots it holds now, of `effectivePolicy.slotsMax`. */
            slotsHeld: number;
            /** Format: date-time */
            updatedAt: string;
            version: number;
        };
        ProjectList: {
            /** @description How many stand in this page. */
            count: number;
            hasMore: boolean;
            /** @description For the next page, under the same filters; null at the end. */
            nextCursor: string | null;
            /** @description For the page before this one; null at the beginning. */
            prevCursor: string | null;
            projects: components["schemas"]["Project"][];
        };
        ProjectNames: {
            count: number;
            projects: string[];
            /** Format: date-time */
            timestamp: string;
        };
        ProjectPolicy: {
            /** @description What may start only when a person has approved it. Without it, nothing waits for one. */
            approval?: components["schemas"]["ApprovalPolicy"];
            boundaries: {
                [key: string]: components["schemas"]["BoundaryPolicy"];
            };
            /** @description An agent free for longer is retired, where its target says nothing; 0 = never. Without it as the installation is set. */
            idleTimeoutMs?: number;
            /** @description For every boundary that is not named. */
            otherBoundaries: components["schemas"]["BoundaryPolicy"];
            retry: components["schemas"]["RetryPolicy"];
            /** @description Slots (agents at work or starting) the project may hold at once; 0 = nothing is handed out. */
            slotsMax: number;
            /** @description Slots for items of one capability; `*` = each capability that is not named. */
            slotsMaxByCapability?: {
                [key: string]: number;
            };
            /** @description Slots at agents of one mechanism; `*` = each mechanism that is not named. */
            slotsMaxByMechanism?: {
                [key: string]: number;
            };
            /** @description Slots for items of one submitter (the name of the token); `*` = each submitter that is not named. */
            slotsMaxBySubmitter?: {
                [key: string]: number;
            };
            /** @description What it may hold beside other projects that want the same: by weight, in agent-minutes of the last hour. Without it 1. */
            weight?: number;
        };
        ProjectUpdateInput: {
            description?: string;
            /** @default {} */
            policy?: components["schemas"]["OwnPolicyInput"];
            /** @description The version that was read; 0 for a project that does not exist yet. Another one is answered with 409. */
            version: number;
        };
        /** @description The agent waits for an answer to it: `POST /api/work/{id}/answer`. */
        Question: {
            /** Format: date-time */
            askedAt: string;
            choices?: string[];
            /** Format: date-time */
            expiresAt: string;
            id: components["schemas"]["QuestionId"];
            onExpiry: components["schemas"]["OnNoAnswer"];
            text: string;
        };
        QuestionId: string;
        QuestionIdInput: string;
        Readiness: {
            dependencies: {
                /** @enum {string} */
                nats: "up" | "away";
                /** @enum {string} */
                postgres: "up" | "away";
                /** @enum {string} */
                temporal: "up" | "away";
            };
            /**
             * @description degraded: Temporal or NATS is away; work is accepted and waits. unavailable: PostgreSQL is away; nothing is accepted.
             * @enum {string}
             */
            status: "ok" | "degraded" | "unavailable";
            /** Format: date-time */
            timestamp: string;
        };
        RetryPolicy: {
            [key: string]: components["schemas"]["RetryRule"];
        };
        RetryRule: {
            /** @description So many attempts of an item may end with this class. The item’s own `attemptsMax` holds as well, but for `capacity` and `interrupted`. */
            attemptsMax: number;
            /** @description By which the delay grows with each attempt. */
            factor: number;
            /** @description Before the second attempt. */
            firstMs: number;
            /** @description The longest delay; the real one is shorter by up to a quarter, at random. */
            mostMs: number;
        };
        RoutingCandidate: {
            agentGuid?: string;
            agentType?: components["schemas"]["AgentType"];
            kept: boolean;
            /**
             * @description A free agent, or the start of one on a target.
             * @enum {string}
             */
            kind: "agent" | "start";
            /** @description The rule that dropped it, or `kept`. */
            rule: string;
            /**
             * Format: uuid
             * @description Absent for an agent that registered by itself.
             */
            targetId?: string;
            targetName?: string;
        };
        /** @enum {string} */
        Scope: "work:read" | "work:write" | "targets:admin" | "agents:admin" | "admin";
        /** @enum {string} */
        ScopeInput: "work:read" | "work:write" | "targets:admin" | "agents:admin" | "admin";
        /** @description Each event of the stream that `Accept: text/event-stream` asks for. */
        ServerSentEvent: {
            /** @description A JSON document without line breaks. */
            data: string;
            event: string;
            /** @description Resumes after this event when sent as `Last-Event-ID`. */
            id?: string;
        };
        SpinUpAck: {
            operationId: components["schemas"]["SpinUpId"];
            /** @constant */
            status: "in-progress";
            /** @constant */
            success: true;
            /** Format: uuid */
            targetId: string;
            targetName: string;
            /** Format: date-time */
            timestamp: string;
        };
        /**
         * Format: uuid
         * @description Id of a spin-up operation, given by the server.
         */
        SpinUpId: string;
        SpinUpList: {
            /** @description How many stand in this page. */
            count: number;
            hasMore: boolean;
            /** @description For the next page, under the same filters; null at the end. */
            nextCursor: string | null;
            /** @description For the page before this one; null at the beginning. */
            prevCursor: string | null;
            spinUps: components["schemas"]["TrackedSpinUp"][];
        };
        StatsAnswer: {
            active: number;
            /** @description Of everything; a project that is held up by itself says so in itself. */
            activity: components["schemas"]["Activity"];
            agents: {
                byStatus: {
                    busy: number;
                    offline: number;
                    online: number;
                };
                /** @description Of those that are not offline. */
                byType: {
                    [key: string]: number;
                };
                /** @description Agents that are not offline. */
                total: number;
            };
            byProject: {
                [key: string]: {
                    activeWork: number;
                    agents: number;
                    /** Format: date-time */
                    lastActivity: string;
                    pendingWork: number;
                    targets: number;
                };
            };
            completed: number;
            /** @description With the cancelled ones. */
            failed: number;
            pending: number;
            targets: {
                available: number;
                disabled: number;
                inUse: number;
                total: number;
            };
            /** Format: date-time */
            timestamp: string;
            /** @description All work items. */
            total: number;
            totalAgents: number;
            totalProjects: number;
            totals: {
                activeWork: number;
                agents: number;
                completedWork: number;
                failedWork: number;
                pendingWork: number;
                targets: number;
            };
            totalWork: number;
            work: {
                active: number;
                completed: number;
                /** @description With the cancelled ones. */
                failed: number;
                pending: number;
            };
        };
        Target: {
            agentType: components["schemas"]["AgentType"];
            boundaries: string[];
            breaker: components["schemas"]["TargetBreaker"];
            capabilities: string[];
            config: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @description The same as `registeredAt`, for older clients.
             */
            createdAt: string;
            currentAgentGuid?: string;
            description?: string;
            disabledReason?: string;
            /**
             * @description Its agents leave as soon as they are free; drained when the last one is gone.
             * @enum {string}
             */
            drain?: "draining" | "drained";
            healthCheck?: {
                enabled: boolean;
                /** @default 300000 */
                intervalMs: number;
                /** @default 10000 */
                timeoutMs: number;
            };
            /** @enum {string} */
            healthStatus: "healthy" | "unhealthy" | "unknown";
            /** Format: uuid */
            id: string;
            lastError?: string;
            /** Format: date-time */
            lastHealthCheck?: string;
            lastSpinUp?: {
                agent?: components["schemas"]["AgentSummary"];
                error?: string;
                /** @enum {string} */
                outcome: "success" | "failure";
                /** Format: date-time */
                time: string;
                workItemId?: components["schemas"]["WorkId"];
            };
            /** Format: date-time */
            lastUsedAt?: string;
            limits: components["schemas"]["TargetLimits"];
            mechanism: components["schemas"]["MechanismName"];
            name: string;
            projectId: string;
            /** Format: date-time */
            registeredAt: string;
            /** @enum {string} */
            registeredBy: "cli" | "api" | "agent" | "config";
            /**
             * @description The first that is true: disabled · error: the last check failed, or its breaker is open · in-use: an agent is there, or it has no capacity · available.
             * @enum {string}
             */
            status: "available" | "in-use" | "disabled" | "error";
            tags?: string[];
            /** Format: date-time */
            updatedAt: string;
            useCount: number;
            version: number;
        };
        TargetBreaker: {
            /**
             * @description starts failed · the target has no capacity · a check failed
             * @enum {string}
             */
            cause?: "starts" | "refused" | "health";
            /** @description Starts that failed one after the other. */
            failures: number;
            lastError?: string;
            /** Format: date-time */
            since?: string;
            /**
             * @description open: no starts · half-open: one, to see whether it works again.
             * @enum {string}
             */
            state: "closed" | "open" | "half-open";
            /**
             * Format: date-time
             * @description An open one is half-open then.
             */
            until?: string;
        };
        TargetDone: {
            message: string;
            /** @constant */
            success: true;
        };
        TargetLimits: {
            /** @default 4 */
            agentsMax: number;
            /** @description No start for so long after one that failed; without it none. */
            failedStartCooldownMs?: number;
            /** @description An agent free for longer is retired; 0 = never. Without it as the project or the installation is set. Agents keep the limit with which they were started. */
            idleTimeoutMs?: number;
            /** @description Starts within any minute at most; without it any number. */
            startsPerMinuteMax?: number;
        };
        TargetLimitsInput: {
            /** @default 4 */
            agentsMax?: number;
            /** @description No start for so long after one that failed; without it none. */
            failedStartCooldownMs?: number;
            /** @description An agent free for longer is retired; 0 = never. Without it as the project or the installation is set. Agents keep the limit with which they were started. */
            idleTimeoutMs?: number;
            /** @description Starts within any minute at most; without it any number. */
            startsPerMinuteMax?: number;
        };
        TargetList: {
            /** @description How many stand in this page. */
            count: number;
            hasMore: boolean;
            /** @description For the next page, under the same filters; null at the end. */
            nextCursor: string | null;
            /** @description For the page before this one; null at the beginning. */
            prevCursor: string | null;
            targets: components["schemas"]["Target"][];
            total: number;
        };
        TargetRegisterInput: {
            agentType: components["schemas"]["AgentTypeInput"];
            /**
             * @default [
             *       "corporate",
             *       "corporate-adjacent",
             *       "personal",
             *       "open-source"
             *     ]
             */
            boundaries?: string[];
            capabilities: string[];
            config: {
                [key: string]: unknown;
            };
            description?: string;
            healthCheck?: {
                enabled: boolean;
                /** @default 300000 */
                intervalMs?: number;
                /** @default 10000 */
                timeoutMs?: number;
            };
            /** @default {} */
            limits?: components["schemas"]["TargetLimitsInput"];
            mechanism: components["schemas"]["MechanismNameInput"];
            name: string;
            projectId?: string;
            tags?: string[];
        };
        TargetRegistrationInput: components["schemas"]["TargetRegisterInput"];
        TargetTestResult: {
            error?: string;
            healthy: boolean;
            /** @description From asking to knowing; at least 1. */
            latencyMs: number;
            /** @description From asking to knowing; at least 1. */
            responseTimeMs: number;
            /** Format: uuid */
            targetId: string;
            targetName: string;
            /** Format: date-time */
            timestamp: string;
        };
        TargetUpdateInput: {
            boundaries?: string[];
            capabilities?: string[];
            /** @description Merged into the present one, member by member; a secret that is sent as `***` stays as it is. */
            config?: {
                [key: string]: unknown;
            };
            description?: string;
            healthCheck?: {
                enabled?: boolean;
                intervalMs?: number;
                timeoutMs?: number;
            };
            limits?: {
                agentsMax?: number;
                failedStartCooldownMs?: number;
                idleTimeoutMs?: number;
                startsPerMinuteMax?: number;
            };
            tags?: string[];
            /** @description Refused with 409 when the target has another version by now. */
            version?: number;
        };
        TokenCreated: {
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            /** Format: date-time */
            expiresAt?: string;
            id: components["schemas"]["TokenId"];
            /**
             * Format: date-time
             * @description To within some minutes.
             */
            lastUsedAt?: string;
            name: string;
            /** @description null = all projects. */
            projects: string[] | null;
            /** Format: date-time */
            revokedAt?: string;
            scopes: components["schemas"]["Scope"][];
            /** @description What to send as `Authorization: Bearer …`; shown this once, and not when the request is repeated with its Idempotency-Key. */
            token?: string;
        };
        TokenCreateInput: {
            /**
             * Format: date-time
             * @description Not valid from then on; without it, until it is revoked.
             */
            expiresAt?: string;
            /** @description For people, and for the audit. */
            name: string;
            /** @description Things of other projects do not exist for the token; null = all projects. Without it, those of the caller. */
            projects?: string[] | null;
            scopes: components["schemas"]["ScopeInput"][];
        };
        /** Format: uuid */
        TokenId: string;
        TokenList: {
            /** @description How many stand in this page. */
            count: number;
            hasMore: boolean;
            /** @description For the next page, under the same filters; null at the end. */
            nextCursor: string | null;
            /** @description For the page before this one; null at the beginning. */
            prevCursor: string | null;
            tokens: components["schemas"]["ApiToken"][];
        };
        TrackedSpinUp: {
            agentGuid?: string;
            /** Format: date-time */
            completedAt?: string;
            error?: string;
            id: components["schemas"]["SpinUpId"];
            projectId: string;
            /** @description Why it still waits. */
            reason?: string;
            request: {
                capability: string;
                /** Format: date-time */
                requestedAt: string;
                requestedBy: string;
                /** @description The target's name. */
                target: string;
            };
            result?: {
                error?: string;
                mechanismResult?: {
                    pid?: number;
                };
                success: boolean;
                /** Format: uuid */
                targetId: string;
                targetName: string;
                /** Format: date-time */
                timestamp: string;
            };
            /** Format: date-time */
            startedAt: string;
            /** @enum {string} */
            status: "pending" | "in-progress" | "success" | "failed" | "timeout";
            /** Format: uuid */
            targetId: string;
            targetName: string;
            /**
             * Format: date-time
             * @description It ends then at the latest: while it waits, for want of room; once started, unless its agent registers.
             */
            timeoutAt: string;
        };
        WeftEvent: {
            agentGuid?: string;
            data: {
                [key: string]: unknown;
            };
            entityId: string;
            /** @enum {string} */
            entityType: "work" | "agent" | "target" | "deployment" | "project";
            fence?: number;
            position?: number;
            projectId: string;
            seq: number;
            /** Format: date-time */
            timestamp: string;
            /** @enum {string} */
            type: "work:submitted" | "work:queued" | "work:granted" | "work:assigned" | "work:started" | "work:progress" | "work:question" | "work:answered" | "work:question-expired" | "work:approval-requested" | "work:approved" | "work:rejected" | "work:approval-expired" | "work:attempt-failed" | "work:report-refused" | "work:cancel-requested" | "work:completed" | "work:failed" | "work:cancelled" | "work:retried" | "work:updated" | "agent:starting" | "agent:registered" | "agent:updated" | "agent:shutdown" | "agent:gone" | "target:registered" | "target:updated" | "target:disabled" | "target:removed" | "target:health-changed" | "target:breaker-opened" | "target:breaker-half-opened" | "target:breaker-closed" | "spin-up:triggered" | "spin-up:started" | "spin-up:completed" | "spin-up:failed" | "deployment:created" | "deployment:updated" | "deployment:paused" | "deployment:resumed" | "deployment:restarted" | "deployment:draining" | "deployment:removing" | "deployment:removed" | "deployment:phase-changed" | "deployment:replica-starting" | "deployment:replica-stopping" | "deployment:replica-ended" | "project:paused" | "project:draining" | "project:resumed";
        };
        WorkAnswerInput: {
            /** @description One of the question’s choices, if it has any. */
            answer: string;
            questionId: components["schemas"]["QuestionIdInput"];
        };
        WorkAnswerResult: {
            /**
             * @description joined: the same answer was given before.
             * @enum {string}
             */
            outcome: "answered" | "joined";
            /** @constant */
            success: true;
            workItem: components["schemas"]["WorkItem"];
        };
        WorkApprovalResult: {
            /**
             * @description joined: the caller has decided the same before.
             * @enum {string}
             */
            outcome: "decided" | "joined";
            /** @constant */
            success: true;
            workItem: components["schemas"]["WorkItem"];
        };
        WorkApproveInput: {
            reason?: string;
        };
        WorkAttempt: {
            agentGuid?: string;
            /** @description From 1; one that is not counted has the number of the next, and those of a new drive begin anew. */
            attempt: number;
            /** @description What the agent calls the failure. */
            code?: string;
            /** @description Among the attempts that the item’s limit allows. */
            counted: boolean;
            /**
             * Format: date-time
             * @description Absent while it is under way.
             */
            endedAt?: string;
            failureClass?: components["schemas"]["DeadLetterClass"];
            fence: number;
            /** @description Why it failed, or was refused or cancelled; of the last attempt of a failed item, all reasons. */
            message?: string;
            /**
             * @description refused: the agent did not take it; nothing was tried.
             * @enum {string}
             */
            outcome: "under-way" | "completed" | "failed" | "cancelled" | "refused";
            /** @description The delay after it; absent when none followed. */
            retryInMs?: number;
            /**
             * Format: date-time
             * @description When it was given its slot.
             */
            startedAt: string;
            /** Format: uuid */
            targetId?: string;
            targetName?: string;
        };
        WorkAttempts: {
            /** @description The newest first. */
            attempts: components["schemas"]["WorkAttempt"][];
            count: number;
            hasMore: boolean;
            /** @description The `beforeFence` that continues with older ones. */
            nextBeforeFence: number | null;
            workItemId: components["schemas"]["WorkId"];
        };
        WorkBatchCancelInput: {
            filter?: components["schemas"]["WorkBatchFilterInput"];
            projectId?: string;
            /**
             * @default user-requested
             * @enum {string}
             */
            reason?: "user-requested" | "deadline-passed" | "resource-constraint" | "system-shutdown";
            /**
             * @description Take the items from the agents that have them, for others to do; nothing is cancelled. What nobody has goes on waiting.
             * @default false
             */
            reassign?: boolean;
            /** @description Of any project that the caller may see. With a filter as well, only those for which it holds. */
            workItemIds?: string[];
        };
        WorkBatchCancelResult: {
            cancelledItems: string[];
            /** Format: date-time */
            completedAt: string;
            /** @description How many stand in `success`. */
            count: number;
            /** @description For those of `failed` that an error of the API stands for, its code. `OUT_OF_TIME`: nothing was done yet; the same call again goes on. */
            errorCodes: {
                [key: string]: string;
            };
            /** @description For each of `failed`, why. */
            errors: {
                [key: string]: string;
            };
            failed: string[];
            /** @description True when the filter holds for more than the 1000 that were looked at; call again. */
            hasMore: boolean;
            /** @description Those that had ended before. */
            notCancellable: string[];
            /** @description Taken from the agents that had them. */
            reassignedItems: string[];
            success: string[];
            /** @description In per cent; 0 when there was nothing to do. */
            successRate: number;
            totalProcessed: number;
            /** @description Nothing was done to them: they were to be taken from their agents, and no agent has them. They keep their places. */
            waitingItems: string[];
        };
        WorkBatchFilterInput: {
            assignedTo?: string;
            boundary?: string;
            capability?: string;
            minPriority?: number;
            /** @description Without it, items that have not ended. */
            status?: components["schemas"]["WorkStatusInput"];
        };
        WorkBatchRetryInput: {
            /** @description A new deadline for all of them; null = none. Items whose own has passed need it. */
            deadline?: string | null;
            /**
             * @description Only say which would be driven again, and why the others would not.
             * @default false
             */
            dryRun?: boolean;
            filter?: components["schemas"]["WorkRetryFilterInput"];
            projectId?: string;
            /** @description Of any project that the caller may see. With a filter as well, only those for which it holds. */
            workItemIds?: string[];
        };
        WorkBatchRetryResult: {
            /** Format: date-time */
            completedAt: string;
            /** @description How many stand in `success`. */
            count: number;
            dryRun: boolean;
            /** @description For those of `failed` that an error of the API stands for, its code. `OUT_OF_TIME`: nothing was done yet; the same call again goes on. */
            errorCodes: {
                [key: string]: string;
            };
            /** @description For each of `failed`, why. */
            errors: {
                [key: string]: string;
            };
            failed: string[];
            /** @description True when the filter holds for more than the 1000 that were looked at; call again. */
            hasMore: boolean;
            /** @description Of `failed`, those that have not failed, or whose deadline has passed. */
            notRetriable: string[];
            /** @description Driven again, or, in a dry run, those that would be. */
            success: string[];
            /** @description In per cent; 0 when there was nothing to do. */
            successRate: number;
            totalProcessed: number;
        };
        WorkBatchSubmitInput: {
            items: unknown[];
            /** @description Of items that name none. */
            projectId?: string;
        };
        WorkBatchSubmitResult: {
            /** @description How many were accepted. */
            count: number;
            failedCount: number;
            /** @description In the order of the request. */
            results: ({
                index: number;
                /** @constant */
                ok: true;
                workItem: components["schemas"]["WorkItem"];
            } | {
                error: {
                    /** @description Stable; docs/errors.md lists them. */
                    code: string;
                    details?: {
                        [key: string]: unknown;
                    };
                    message: string;
                };
                index: number;
                /** @constant */
                ok: false;
            })[];
            totalProcessed: number;
        };
        WorkCancelInput: {
            reason?: string;
        };
        WorkCancelResult: {
            message: string;
            /**
             * @description already-settled: it had ended before; nothing was cancelled.
             * @enum {string}
             */
            outcome: "cancelling" | "already-settled";
            /** @constant */
            success: true;
            workItem: components["schemas"]["WorkItem"];
        };
        WorkDecision: {
            /** Format: date-time */
            at: string;
            /** @description The agents and targets that were looked at, the best first; bounded. */
            candidates: components["schemas"]["RoutingCandidate"][];
            candidatesTotal: number;
            chosen: components["schemas"]["RoutingCandidate"];
            fence: number;
            /** Format: uuid */
            grantId: string;
            /** @description The rule of the policy that decided what the item needs. */
            rule?: string;
        };
        WorkDecisions: {
            count: number;
            /** @description Every slot that it was granted, the newest first. */
            decisions: components["schemas"]["WorkDecision"][];
            hasMore: boolean;
            /** @description The `beforeFence` that continues with older ones. */
            nextBeforeFence: number | null;
            phase: components["schemas"]["WorkPhase"];
            /** @description How things stand for it now; null unless it waits for a slot. */
            verdict: components["schemas"]["WorkVerdict"] | null;
            workItemId: components["schemas"]["WorkId"];
        };
        WorkDryRun: {
            /** @description Every agent and target of the project that was looked at, the best first; bounded. */
            candidates: components["schemas"]["RoutingCandidate"][];
            candidatesTotal: number;
            /** @description What the item would be given now; null = it would wait. */
            chosen: components["schemas"]["RoutingCandidate"] | null;
            /** @constant */
            dryRun: true;
            estimatedWaitSeconds?: number;
            projectId: string;
            /** @description Its place among the items of the project that wait. */
            queuePosition: number;
            /** @description Why it would wait. */
            reason?: string;
            routing: components["schemas"]["WorkRouting"];
            spinUpTriggered: boolean;
            targetAgentType: components["schemas"]["AgentType"];
        };
        WorkEvents: {
            count: number;
            events: components["schemas"]["WeftEvent"][];
            hasMore: boolean;
            /** @description The `afterSeq` that continues after this page, now or when more has happened. */
            nextAfterSeq: number;
            workItemId: components["schemas"]["WorkId"];
        };
        /**
         * Format: uuid
         * @description Id of a work item, given by the server.
         */
        WorkId: string;
        /**
         * Format: uuid
         * @description Id of a work item, given by the server.
         */
        WorkIdInput: string;
        WorkItem: {
            approval?: components["schemas"]["Approval"];
            /** Format: date-time */
            assignedAt?: string;
            assignedTo?: string;
            assignedToAgent?: components["schemas"]["AgentSummary"];
            /** @description Since it was submitted, or last driven again. */
            attempts: number;
            /** @description Those before it was driven again included. */
            attemptsTotal: number;
            boundary: string;
            /** Format: date-time */
            cancelRequestedAt?: string;
            capability: string;
            contextData?: components["schemas"]["ContextData"];
            /** Format: date-time */
            deadline?: string;
            dependsOn?: components["schemas"]["WorkId"][];
            description: string;
            error?: {
                /** @description The class of the failure (`DeadLetterClass`); the lists filter by it as `failureClass`. */
                code?: string;
                message: string;
                /** Format: date-time */
                occurredAt: string;
                recoverable: boolean;
            };
            fence: number;
            id: components["schemas"]["WorkId"];
            limits: components["schemas"]["WorkLimits"];
            /**
             * Format: date-time
             * @description No attempt begins earlier.
             */
            notBefore?: string;
            /** Format: date-time */
            offeredAt: string;
            offeredBy: string;
            onDependencyFailure?: components["schemas"]["OnDependencyFailure"];
            phase: components["schemas"]["WorkPhase"];
            /** @description Where it stands among the items of its project that wait for a slot, 1 = the next; by priority with age, and in turn with other submitters. Counted when one item is looked at, at most once a second, up to 10,000. */
            position?: number;
            preferredAgentType?: components["schemas"]["AgentType"];
            priority: number;
            progress?: number;
            progressMessage?: string;
            projectId: string;
            question?: components["schemas"]["Question"];
            reason?: string;
            requiredAgentType?: components["schemas"]["AgentType"];
            result?: {
                artifacts?: string[];
                /** Format: date-time */
                completedAt: string;
                output?: {
                    [key: string]: unknown;
                };
                summary?: string;
            };
            /** @description How often it was driven again after it had failed. */
            retries: number;
            status: components["schemas"]["WorkStatus"];
            /** @description Under whose name it was submitted: the token's, or everybody's without tokens. Its turns and limits are counted by it. */
            submitter: string;
            taskId: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description Those of `dependsOn` that have not ended. */
            waitsFor?: components["schemas"]["WorkId"][];
            workflowId: string;
        };
        WorkLimits: {
            /** @default 3 */
            attemptsMax: number;
            /** @default 21600000 */
            attemptTimeoutMs: number;
            /** @default 300000 */
            idleTimeoutMs: number;
            /** @default false */
            overlapAllowed: boolean;
            /** @default 604800000 */
            totalTimeoutMs: number;
        };
        WorkLimitsInput: {
            /** @default 3 */
            attemptsMax?: number;
            /** @default 21600000 */
            attemptTimeoutMs?: number;
            /** @default 300000 */
            idleTimeoutMs?: number;
            /** @default false */
            overlapAllowed?: boolean;
            /** @default 604800000 */
            totalTimeoutMs?: number;
        };
        WorkList: {
            /** @description How many stand in this page. */
            count: number;
            hasMore: boolean;
            /** @description For the next page, under the same filters; null at the end. */
            nextCursor: string | null;
            /** @description For the page before this one; null at the beginning. */
            prevCursor: string | null;
            workItems: components["schemas"]["WorkItem"][];
        };
        WorkLogs: {
            count: number;
            lines: components["schemas"]["LogLine"][];
            /** @description Lines that agents printed faster than they are carried. */
            linesDropped: number;
            /** @description True when older lines were left out. */
            truncated: boolean;
            workItemId: components["schemas"]["WorkId"];
        };
        /** @enum {string} */
        WorkPhase: "accepted" | "waiting" | "starting" | "leased" | "working" | "completed" | "dead-lettered" | "cancelled";
        WorkRejectInput: {
            reason?: string;
        };
        WorkRetryFilterInput: {
            boundary?: string;
            capability?: string;
            failureClass?: components["schemas"]["DeadLetterClassInput"];
            minPriority?: number;
            /**
             * @description Only failed items are driven again; it may be said or left out.
             * @constant
             */
            status?: "failed";
            /**
             * Format: date-time
             * @description Failed at this moment or later.
             */
            updatedAfter?: string;
            /** Format: date-time */
            updatedBefore?: string;
        };
        WorkRetryInput: {
            /** @description A new deadline; null = none. Needed when the old one has passed. */
            deadline?: string | null;
        };
        WorkRetryResult: {
            message: string;
            /** @constant */
            success: true;
            workItem: components["schemas"]["WorkItem"];
        };
        WorkRouting: {
            /** @description False when the policy lets nothing take it; it fails with the reason. */
            eligible: boolean;
            /** @description Why nothing may take it, or why nobody can take it now. */
            reason?: string;
            /** @description The rule of the policy that decided. */
            rule: string;
        };
        /** @enum {string} */
        WorkStatus: "pending" | "assigned" | "in-progress" | "completed" | "failed" | "cancelled";
        /** @enum {string} */
        WorkStatusInput: "pending" | "assigned" | "in-progress" | "completed" | "failed" | "cancelled";
        WorkSubmitInput: {
            boundary?: string;
            capability: string;
            classification?: string;
            contextData?: components["schemas"]["ContextDataInput"];
            /**
             * Format: date-time
             * @description When it must have ended: in the future, and after `notBefore`.
             */
            deadline?: string;
            /** @description Items of the same project; no attempt begins before all of them have ended. */
            dependsOn?: components["schemas"]["WorkIdInput"][];
            description: string;
            /** @default {} */
            limits?: components["schemas"]["WorkLimitsInput"];
            /**
             * Format: date-time
             * @description No attempt begins earlier.
             */
            notBefore?: string;
            /**
             * @description What becomes of it when one of them fails or is cancelled: it fails as well, or goes on all the same.
             * @default fail
             */
            onDependencyFailure?: components["schemas"]["OnDependencyFailureInput"];
            preferredAgentType?: components["schemas"]["AgentTypeInput"];
            /** @default 5 */
            priority?: number;
            projectId?: string;
            requiredAgentType?: components["schemas"]["AgentTypeInput"];
            taskId?: string;
        };
        WorkSubmitResult: {
            approval?: components["schemas"]["Approval"];
            /** Format: date-time */
            assignedAt?: string;
            assignedTo?: string;
            assignedToAgent?: components["schemas"]["AgentSummary"];
            /** @description Since it was submitted, or last driven again. */
            attempts: number;
            /** @description Those before it was driven again included. */
            attemptsTotal: number;
            boundary: string;
            /** Format: date-time */
            cancelRequestedAt?: string;
            capability: string;
            contextData?: components["schemas"]["ContextData"];
            /** Format: date-time */
            deadline?: string;
            dependsOn?: components["schemas"]["WorkId"][];
            description: string;
            error?: {
                /** @description The class of the failure (`DeadLetterClass`); the lists filter by it as `failureClass`. */
                code?: string;
                message: string;
                /** Format: date-time */
                occurredAt: string;
                recoverable: boolean;
            };
            /** @description How long items like it have waited lately for an agent (median); absent when there were none, or when nothing could take it now. */
            estimatedWaitSeconds?: number;
            fence: number;
            id: components["schemas"]["WorkId"];
            limits: components["schemas"]["WorkLimits"];
            /**
             * Format: date-time
             * @description No attempt begins earlier.
             */
            notBefore?: string;
            /** Format: date-time */
            offeredAt: string;
            offeredBy: string;
            onDependencyFailure?: components["schemas"]["OnDependencyFailure"];
            phase: components["schemas"]["WorkPhase"];
            /** @description Where it stands among the items of its project that wait for a slot, 1 = the next; by priority with age, and in turn with other submitters. Counted when one item is looked at, at most once a second, up to 10,000. */
            position?: number;
            preferredAgentType?: components["schemas"]["AgentType"];
            priority: number;
            progress?: number;
            progressMessage?: string;
            projectId: string;
            question?: components["schemas"]["Question"];
            reason?: string;
            requiredAgentType?: components["schemas"]["AgentType"];
            result?: {
                artifacts?: string[];
                /** Format: date-time */
                completedAt: string;
                output?: {
                    [key: string]: unknown;
                };
                summary?: string;
            };
            /** @description How often it was driven again after it had failed. */
            retries: number;
            routing: components["schemas"]["WorkRouting"];
            /** @description True when no agent is free for it, and one is started. */
            spinUpTriggered: boolean;
            status: components["schemas"]["WorkStatus"];
            /** @description Under whose name it was submitted: the token's, or everybody's without tokens. Its turns and limits are counted by it. */
            submitter: string;
            /** @description The type of the agent that is free for it or is started; while nothing can take it, the one that is tried first. */
            targetAgentType: components["schemas"]["AgentType"];
            taskId: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description Those of `dependsOn` that have not ended. */
            waitsFor?: components["schemas"]["WorkId"][];
            workflowId: string;
            /** @description The same as `id`, for older clients. */
            workItemId: components["schemas"]["WorkId"];
        };
        WorkUpdateInput: {
            /** @description null = none. */
            deadline?: string | null;
            /** @description Of an item that has not started; null = now. */
            notBefore?: string | null;
            priority?: number;
        };
        WorkVerdict: {
            /** @description The agents and targets that were looked at, the best first; bounded. */
            candidates: components["schemas"]["RoutingCandidate"][];
            candidatesTotal: number;
            /** @description What it would be given now; null = it goes on waiting. */
            chosen: components["schemas"]["RoutingCandidate"] | null;
            /** @description Why it goes on waiting. */
            reason?: string;
            /** @description The rule of the policy that decided what the item needs. */
            rule: string;
        };
    };
    responses: {
        /** @description The request is malformed; `details.validationErrors` names every problem. */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The request body, or a part of it, is larger than the limit. */
        BodyTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The state of the thing forbids this, its name is taken, it was changed meanwhile, or the Idempotency-Key was used with another body. */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The token may not do this, or the request comes from a foreign page. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description An unexpected failure; the log has the request id. */
        Internal: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description There is no such thing, or it belongs to another project. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The bearer token is missing or not known. */
        Unauthorized: {
            headers: {
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description Something that is needed is away or full. Nothing was started; try again. */
        Unavailable: {
            headers: {
                /** @description Seconds to wait. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The request body is not JSON. */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAgents: {
        parameters: {
            query?: {
                capability?: string;
                cursor?: string;
                limit?: number;
                projectId?: string;
                status?: components["schemas"]["AgentStatusInput"];
                /** @description Agent type; foreign agents bring types of their own. */
                type?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                guid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    shutdownAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, the repeat is refused with `IDEMPOTENCY_UNKNOWN` rather than done twice. */
                "idempotency-key"?: string;
            };
            path: {
                guid: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AgentShutdownInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentShutdownResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    shutdownAgents: {
        parameters: {
            query?: {
                /** @description The same as in the body; what is given in both must be equal. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, the repeat is refused with `IDEMPOTENCY_UNKNOWN` rather than done twice. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AgentBatchShutdownInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentBatchShutdownResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                action?: "work.submit" | "work.cancel" | "work.retry" | "work.update" | "work.reassign" | "work.answer" | "work.approve" | "work.reject" | "target.register" | "target.update" | "target.enable" | "target.disable" | "target.drain" | "target.remove" | "target.test" | "spin-up.request" | "agent.shutdown" | "deployment.create" | "deployment.update" | "deployment.pause" | "deployment.resume" | "deployment.restart" | "deployment.drain" | "deployment.remove" | "project.update" | "project.pause" | "project.drain" | "project.resume" | "installation.pause" | "installation.drain" | "installation.resume" | "host.gone" | "token.create" | "token.revoke";
                actor?: string;
                cursor?: string;
                entityId?: string;
                entityType?: "work" | "target" | "agent" | "spin-up" | "deployment" | "project" | "installation" | "host" | "token";
                limit?: number;
                projectId?: string;
                /** @description Changes from this moment on. */
                since?: string;
                /** @description Changes before this moment. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listChannels: {
        parameters: {
            query: {
                projectId: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listChannelMessages: {
        parameters: {
            query: {
                limit?: number;
                projectId: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelMessages"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listDeployments: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                projectId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    createDeployment: {
        parameters: {
            query?: {
                /** @description The same as in the body; what is given in both must be equal. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, the repeat is refused with `IDEMPOTENCY_UNKNOWN` rather than done twice. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeploymentCreateInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getDeployment: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: never;
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentView"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateDeployment: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: {
                /** @description Refused with 409 when it has another version by now. */
                "if-match"?: string;
            };
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DeploymentUpdateInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    removeDeployment: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: never;
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    drainDeployment: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listDeploymentEvents: {
        parameters: {
            query?: {
                /** @description For a stream: begin after this position. */
                after?: number;
                afterSeq?: number;
                limit?: number;
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: {
                "last-event-id"?: string;
            };
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentEvents"];
                    "text/event-stream": components["schemas"]["ServerSentEvent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    pauseDeployment: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    restartDeployment: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, the repeat is refused with `IDEMPOTENCY_UNKNOWN` rather than done twice. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    resumeDeployment: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    scaleDeployment: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: {
                /** @description Refused with 409 when it has another version by now. */
                "if-match"?: string;
            };
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeploymentScaleInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    drainEverything: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["HoldReasonInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Activity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description Events after this position. Without it a page begins at the beginning, a stream now. */
                after?: number;
                limit?: number;
                projectId?: string;
                topic?: components["schemas"]["EventTopicInput"];
                type?: "work:submitted" | "work:queued" | "work:granted" | "work:assigned" | "work:started" | "work:progress" | "work:question" | "work:answered" | "work:question-expired" | "work:approval-requested" | "work:approved" | "work:rejected" | "work:approval-expired" | "work:attempt-failed" | "work:report-refused" | "work:cancel-requested" | "work:completed" | "work:failed" | "work:cancelled" | "work:retried" | "work:updated" | "agent:starting" | "agent:registered" | "agent:updated" | "agent:shutdown" | "agent:gone" | "target:registered" | "target:updated" | "target:disabled" | "target:removed" | "target:health-changed" | "target:breaker-opened" | "target:breaker-half-opened" | "target:breaker-closed" | "spin-up:triggered" | "spin-up:started" | "spin-up:completed" | "spin-up:failed" | "deployment:created" | "deployment:updated" | "deployment:paused" | "deployment:resumed" | "deployment:restarted" | "deployment:draining" | "deployment:removing" | "deployment:removed" | "deployment:phase-changed" | "deployment:replica-starting" | "deployment:replica-stopping" | "deployment:replica-ended" | "project:paused" | "project:draining" | "project:resumed";
            };
            header?: {
                "last-event-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                    "text/event-stream": components["schemas"]["ServerSentEvent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listHosts: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HostList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    declareHostGone: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["HostGoneRequestInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    pauseEverything: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["HoldReasonInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Activity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listProjects: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            /** @description Not changed. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "version": 1,
                 *       "description": "The website and its shop.",
                 *       "policy": {
                 *         "slotsMax": 5,
                 *         "boundaries": {
                 *           "corporate": {
                 *             "agentTypes": [
                 *               "copilot-cli"
                 *             ],
                 *             "triggerSpinUpOnEmpty": false
                 *           }
                 *         },
                 *         "otherBoundaries": "forbid"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ProjectUpdateInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    drainProject: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["HoldReasonInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Activity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    pauseProject: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["HoldReasonInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Activity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    resumeProject: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["HoldReasonInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Activity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    resumeEverything: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["HoldReasonInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Activity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSpinUp: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The operation id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrackedSpinUp"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getStats: {
        parameters: {
            query?: {
                /** @description Only this project; else all that the caller may see. */
                projectId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatsAnswer"];
                };
            };
            /** @description Not changed. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listProjectNames: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectNames"];
                };
            };
            /** @description Not changed. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listTargets: {
        parameters: {
            query?: {
                boundary?: string;
                capability?: string;
                /** @description The old name of `boundary`, which wins. */
                classification?: string;
                cursor?: string;
                limit?: number;
                projectId?: string;
                status?: "available" | "in-use" | "disabled" | "error";
                type?: components["schemas"]["AgentTypeInput"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    registerTarget: {
        parameters: {
            query?: {
                /** @description The same as in the body; what is given in both must be equal. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, the repeat is refused with `IDEMPOTENCY_UNKNOWN` rather than done twice. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "laptop",
                 *       "agentType": "claude-code",
                 *       "capabilities": [
                 *         "typescript"
                 *       ],
                 *       "boundaries": [
                 *         "personal",
                 *         "open-source"
                 *       ],
                 *       "mechanism": "local",
                 *       "config": {
                 *         "mechanism": "local",
                 *         "local": {
                 *           "command": "claude",
                 *           "args": [
                 *             "--print"
                 *           ],
                 *           "workingDirectory": "/home/me/work"
                 *         }
                 *       },
                 *       "limits": {
                 *         "agentsMax": 2
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["TargetRegistrationInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getTarget: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: never;
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateTarget: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: {
                /** @description Refused with 409 when it has another version by now. */
                "if-match"?: string;
            };
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TargetUpdateInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    removeTarget: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: never;
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetDone"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    disableTarget: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetDone"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    drainTarget: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetDone"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    enableTarget: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetDone"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    spinUpTarget: {
        parameters: {
            query?: {
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, the repeat is refused with `IDEMPOTENCY_UNKNOWN` rather than done twice. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Id or name of the target. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpinUpAck"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listSpinUps: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                projectId?: string;
            };
            header?: never;
            path: {
                /** @description Id or name of the target. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpinUpList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    testTarget: {
        parameters: {
            query?: {
                /** @description Look only there; else in the default project first, then in all others. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, the repeat is refused with `IDEMPOTENCY_UNKNOWN` rather than done twice. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Id or name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetTestResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    disableTargets: {
        parameters: {
            query?: {
                /** @description The same as in the body; what is given in both must be equal. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DisableBatchInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DisableBatchResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listTokens: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    createToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, the repeat is refused with `IDEMPOTENCY_UNKNOWN` rather than done twice. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "ci",
                 *       "scopes": [
                 *         "work:write"
                 *       ],
                 *       "projects": [
                 *         "website"
                 *       ],
                 *       "expiresAt": "2030-01-31T18:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["TokenCreateInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenCreated"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiToken"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listWork: {
        parameters: {
            query?: {
                assignedTo?: string;
                boundary?: string;
                capability?: string;
                /** @description The older name of `boundary`, which wins. */
                classification?: string;
                cursor?: string;
                failureClass?: components["schemas"]["DeadLetterClassInput"];
                limit?: number;
                /** @description Offered at this moment or later. */
                offeredAfter?: string;
                offeredBefore?: string;
                /** @description At least this priority. */
                priority?: number;
                projectId?: string;
                /** @description Stands in the task id or the beginning of the description, in capitals or not. */
                q?: string;
                status?: components["schemas"]["WorkStatusInput"];
                submitter?: string;
                taskId?: string;
                /** @description Last changed at this moment or later. */
                updatedAfter?: string;
                updatedBefore?: string;
                /** @description Only those that wait for a person: for an answer to a question, or to be approved. */
                waitsFor?: "person";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    submitWork: {
        parameters: {
            query?: {
                dryRun?: "true" | "false";
                /** @description The same as in the body; what is given in both must be equal. */
                projectId?: string;
            };
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "description": "Make the date parser accept week numbers, with tests.",
                 *       "boundary": "personal",
                 *       "capability": "typescript",
                 *       "priority": 7,
                 *       "preferredAgentType": "claude-code",
                 *       "deadline": "2030-01-31T18:00:00Z",
                 *       "contextData": {
                 *         "repository": "git@example.com:team/dates.git",
                 *         "branch": "main"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WorkSubmitInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkDryRun"] | components["schemas"]["WorkSubmitResult"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkSubmitResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getWork: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkItem"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateWork: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["WorkUpdateInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkItem"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    answerWork: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WorkAnswerInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkAnswerResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    approveWork: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["WorkApproveInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkApprovalResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listWorkAttempts: {
        parameters: {
            query?: {
                /** @description Only attempts under older fences. */
                beforeFence?: number;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkAttempts"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancelWork: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "The feature was dropped."
                 *     }
                 */
                "application/json": components["schemas"]["WorkCancelInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkCancelResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getWorkDecision: {
        parameters: {
            query?: {
                /** @description Only decisions under older fences. */
                beforeFence?: number;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkDecisions"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listWorkEvents: {
        parameters: {
            query?: {
                /** @description For a stream: begin after this position. */
                after?: number;
                afterSeq?: number;
                limit?: number;
            };
            header?: {
                "last-event-id"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkEvents"];
                    "text/event-stream": components["schemas"]["ServerSentEvent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getWorkLogs: {
        parameters: {
            query?: {
                /** @description Goes on as the agent prints, until the item has ended. */
                follow?: "0" | "1" | "" | "true" | "false";
                /** @description The newest lines, at most. */
                tail?: number;
            };
            header?: {
                "last-event-id"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkLogs"];
                    "text/event-stream": components["schemas"]["ServerSentEvent"];
                    "text/plain": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rejectWork: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["WorkRejectInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkApprovalResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    retryWork: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, the repeat is refused with `IDEMPOTENCY_UNKNOWN` rather than done twice. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["WorkRetryInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkRetryResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    submitWorkBatch: {
        parameters: {
            query?: {
                /** @description The same as in the body; what is given in both must be equal. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, it is done again, which does no harm. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WorkBatchSubmitInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkBatchSubmitResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancelWorkBatch: {
        parameters: {
            query?: {
                /** @description The same as in the body; what is given in both must be equal. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, the repeat is refused with `IDEMPOTENCY_UNKNOWN` rather than done twice. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["WorkBatchCancelInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkBatchCancelResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    retryWorkBatch: {
        parameters: {
            query?: {
                /** @description The same as in the body; what is given in both must be equal. */
                projectId?: string;
            };
            header?: {
                /** @description The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days. A failure that has done nothing is not kept: the repeat tries again. When the first request died before its answer, the repeat is refused with `IDEMPOTENCY_UNKNOWN` rather than done twice. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["WorkBatchRetryInput"];
            };
        };
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Any other failure. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkBatchRetryResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Any other refusal. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Internal"];
            /** @description Something that is needed is away or full. Nothing was started; try again. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
}
