/** News for whoever happens to listen: sent once, kept nowhere. */
export interface Announcements {
  /** Never throws; what cannot be sent now is dropped. */
  readonly publish: (subject: string, body: Readonly<Record<string, unknown>>) => void;
}
