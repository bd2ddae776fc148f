export type Example = { name: string; query: string; variables?: Record<string, unknown> }

const details = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  dateOfBirth: '1990-12-10',
  nationality: 'GB',
  residenceCountry: 'GB',
  residenceAddress: { street: '12 St James’s Square', city: 'London', postalCode: 'SW1Y 4JH', country: 'GB' },
  idDocumentType: 'PASSPORT',
  idDocumentNumber: 'X1234567',
  idDocumentExpiry: '2035-01-31',
}

const applicationId = 'kyc_…'

/** The tabs of GraphiQL: the main job, in the order in which it is done, then what else there is. A test runs them. */
export const examples: Example[] = [
  {
    name: 'WhoAmI',
    query: `# Ctrl-Enter runs an operation. The tabs go from
# an application to its approval, left to right.
query WhoAmI {
  viewer {
    id
    name
    email
    role
    kycStatus
  }
}
`,
  },
  {
    name: 'CreateApplication',
    query: `# An application begins as a draft; its details
# may come now or later.
mutation CreateApplication($input: CreateKycApplicationInput!) {
  createKycApplication(input: $input) {
    application {
      id
      status
      version
    }
  }
}
`,
    variables: { input: { details: { firstName: details.firstName, lastName: details.lastName } } },
  },
  {
    name: 'FillApplication',
    query: `# The id goes into the variables, here and in the next
# tabs. Documents are next: "Upload a document", above.
mutation FillApplication($input: UpdateKycApplicationInput!) {
  updateKycApplication(input: $input) {
    application {
      id
      version
      firstName
      lastName
      dateOfBirth
      idDocumentNumber
    }
  }
}
`,
    variables: { input: { applicationId, details } },
  },
  {
    name: 'SubmitApplication',
    query: `# Says all at once what is still missing.
mutation SubmitApplication($input: SubmitKycApplicationInput!) {
  submitKycApplication(input: $input) {
    application {
      id
      status
      submittedAt
    }
  }
}
`,
    variables: { input: { applicationId } },
  },
  {
    name: 'LiveStatus',
    query: `# Leave it running, and decide in another window:
# each step shows as it happens.
subscription LiveStatus {
  kycStatusChanges {
    cursor
    change {
      fromStatus
      toStatus
      createdAt
    }
    application {
      id
      status
    }
  }
}
`,
  },
  {
    name: 'ReviewQueue',
    query: `# For compliance: who waits longest comes first.
query ReviewQueue($first: Int = 20) {
  kycApplications(first: $first, filter: { statuses: [SUBMITTED, UNDER_REVIEW] }, orderBy: SUBMITTED_AT_ASC) {
    totalCount
    nodes {
      id
      version
      status
      submittedAt
      firstName
      lastName
      user {
        email
      }
      documents {
        id
        fileName
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
  },
  {
    name: 'Approve',
    query: `# Nobody reviews an application of their own.
# One is decided once.
mutation Approve($input: ApproveKycApplicationInput!) {
  approveKycApplication(input: $input) {
    application {
      id
      status
      expiresAt
    }
  }
}
`,
    variables: { input: { applicationId } },
  },
  {
    name: 'Resume',
    query: `# State and cursor are one snapshot. Subscribe with
# the cursor as "after": nothing is missed, and
# nothing comes twice.
query StateAndCursor {
  eventCursor
  kycApplications(first: 5) {
    nodes {
      id
      status
    }
  }
}

subscription Resume($after: String) {
  kycStatusChanges(after: $after) {
    cursor
    application {
      id
      status
    }
  }
}
`,
    variables: { after: null },
  },
  {
    name: 'Rates',
    query: `# For everybody. A cross rate is computed exactly, and
# says so when it is out of date.
query Rates($base: Currency!, $quotes: [Currency!]) {
  exchangeRates(base: $base, quotes: $quotes) {
    base
    quote
    rate
    source
    asOf
    stale
  }
}
`,
    variables: { base: 'CHF', quotes: ['EUR', 'USD', 'JPY'] },
  },
  {
    name: 'Settings',
    query: `# Only what is given changes; mails are written in
# the language of "locale".
mutation Settings($input: UpdateUserSettingsInput!) {
  updateUserSettings(input: $input) {
    settings {
      locale
      timeZone
      currency
      theme
    }
  }
}
`,
    variables: { input: { locale: 'nl-NL', timeZone: 'Europe/Amsterdam', currency: 'EUR' } },
  },
  {
    name: 'Transfers',
    query: `# What an indexer or our own watcher saw on a chain.
# The subscription of the same name shows them live.
query Transfers($filter: TokenTransferFilter) {
  eventCursor
  tokenTransfers(first: 20, filter: $filter) {
    nodes {
      kind
      token
      from
      to
      amount
      blockNumber
      retracted
    }
  }
}
`,
    variables: { filter: { chainId: 1 } },
  },
  {
    name: 'People',
    query: `# For compliance and admins. Partners with an API key:
# {"x-api-key": "gh_…"} goes into the tab Headers.
query People($filter: UserFilter) {
  users(first: 20, filter: $filter) {
    totalCount
    nodes {
      id
      email
      role
      kycStatus
      banned
    }
  }
}
`,
    variables: { filter: { role: 'INVESTOR' } },
  },
]
