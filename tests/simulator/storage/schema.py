"""The tables. A simulator of an older version starts afresh: see ``Database``."""

VERSION = 2

TABLES = """
CREATE TABLE objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    payment TEXT,
    charge TEXT,
    payout TEXT,
    type TEXT,
    body BLOB NOT NULL,
    UNIQUE (provider, account, id)
);
CREATE INDEX objects_by_kind ON objects (provider, account, kind, seq);
CREATE INDEX objects_by_payment ON objects (provider, account, payment) WHERE payment IS NOT NULL;
CREATE INDEX objects_by_payout ON objects (provider, account, payout) WHERE payout IS NOT NULL;
CREATE INDEX objects_by_charge ON objects (provider, account, charge) WHERE charge IS NOT NULL;

CREATE TABLE idempotency (
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    path TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    request_id TEXT NOT NULL,
    created REAL NOT NULL,
    PRIMARY KEY (provider, account, key)
) WITHOUT ROWID;

-- Money that moved, one row a movement, never changed afterwards.
CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    payment TEXT NOT NULL,
    object_id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    idempotency_key TEXT,
    request_id TEXT NOT NULL,
    created INTEGER NOT NULL
);
CREATE INDEX ledger_by_account ON ledger (account, seq);

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    event_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    lane TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'dropped')),
    reordered INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL,
    due REAL NOT NULL
);
CREATE INDEX deliveries_due ON deliveries (due, id) WHERE state = 'pending';
CREATE INDEX deliveries_by_event ON deliveries (provider, account, event_id);

CREATE TABLE attempts (
    delivery_id INTEGER NOT NULL,
    started REAL NOT NULL,
    seconds REAL NOT NULL,
    status INTEGER,
    error TEXT
);
CREATE INDEX attempts_by_delivery ON attempts (delivery_id);

-- Things a provider does later by itself, such as a refund that fails after it succeeded.
CREATE TABLE later (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    action TEXT NOT NULL,
    object_id TEXT NOT NULL,
    due REAL NOT NULL
);

CREATE TABLE faults (
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (provider, account)
) WITHOUT ROWID;

CREATE TABLE mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file TEXT NOT NULL,
    received REAL NOT NULL,
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients BLOB NOT NULL,
    subject TEXT NOT NULL,
    date TEXT NOT NULL,
    size INTEGER NOT NULL,
    attachments BLOB NOT NULL
);
"""
