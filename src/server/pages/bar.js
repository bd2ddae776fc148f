// The bar above GraphiQL: who is signed in, and documents, which go to the object store and not through GraphQL.
// `gatehouse` is what the server says to this page.
{
  // GraphiQL keeps its tabs, and opens the one that was open only if what it kept of its text is the same.
  const kept = JSON.parse(localStorage.getItem('graphiql:tabState') ?? 'null')
  const open = kept?.tabs?.[kept.activeTabIndex]
  if (open && !new URLSearchParams(location.search).has('query')) {
    localStorage.setItem('graphiql:query', open.query ?? '')
    localStorage.setItem('graphiql:variables', open.variables ?? '')
  }

  const find = (selector) => document.querySelector(selector)
  const notice = find('.gatehouse-notice')

  async function post(path, body) {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = await response.json().catch(() => ({}))
    const fault = answer.errors?.[0]
    if (fault) throw new Error(fault.message)
    if (!response.ok) throw new Error(`The gateway answered ${response.status}.`)
    return answer
  }

  const graphql = async (query, variables) => (await post('/graphql', { query, variables })).data

  // A page that begins anew asks, and opens its socket, as whoever is signed in now.
  const asSomebodyElse = async (path, body) => {
    await post(`/api/auth/${path}`, body)
    location.reload()
  }

  async function showSession() {
    const { viewer } = await graphql('{ viewer { email role } }')
    find('.gatehouse-signed-in').hidden = !viewer
    find('.gatehouse-signed-out').hidden = Boolean(viewer)
    if (!viewer) return
    find('.gatehouse-email').textContent = viewer.email
    find('.gatehouse-role').textContent = viewer.role
  }

  function showNotice(error) {
    notice.textContent = error.message
    notice.hidden = false
  }

  const demo = find('.gatehouse-demo')
  demo.hidden = gatehouse.demoPeople.length === 0
  for (const { email, password, label } of gatehouse.demoPeople) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = label
    button.title = email
    button.addEventListener('click', () => asSomebodyElse('sign-in/email', { email, password }).catch(showNotice))
    demo.append(button)
  }
  find('[data-action="sign-out"]').addEventListener('click', () => asSomebodyElse('sign-out', {}).catch(showNotice))

  function dialogOf(name, { onOpen, onSubmit }) {
    const dialog = find(`#gatehouse-${name}`)
    const form = dialog.querySelector('form')
    const outcome = form.querySelector('.gatehouse-outcome')
    const submit = form.querySelector('[type="submit"]')
    const say = (text, kind) => {
      outcome.textContent = text
      outcome.dataset.kind = kind
    }
    find(`[data-opens="${name}"]`).addEventListener('click', () => {
      say('', '')
      dialog.showModal()
      onOpen?.(form)?.catch((error) => say(error.message, 'bad'))
    })
    form.querySelector('[data-action="close"]').addEventListener('click', () => dialog.close())
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      submit.disabled = true
      say('', '')
      try {
        await onSubmit(Object.fromEntries(new FormData(form)), say)
      } catch (error) {
        say(error.message, 'bad')
      }
      submit.disabled = false
    })
  }

  dialogOf('sign-in', { onSubmit: ({ email, password }) => asSomebodyElse('sign-in/email', { email, password }) })
  dialogOf('sign-up', {
    async onSubmit({ name, email, password }, say) {
      const { token } = await post('/api/auth/sign-up/email', { name, email, password })
      if (token) location.reload()
      else say('A mail is on its way to this address: open the link in it, then sign in.', 'good')
    },
  })

  // The newest application that may still change is what most people mean.
  async function offerApplications(form) {
    const { viewer } = await graphql('{ viewer { kycApplications(first: 20) { nodes { id status createdAt } } } }')
    const open = (viewer?.kycApplications.nodes ?? [])
      .filter(({ status }) => status === 'DRAFT' || status === 'ADDITIONAL_INFO_REQUIRED')
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
    find('#gatehouse-applications').replaceChildren(...open.map(({ id, status }) => new Option(status, id)))
    const field = form.elements.applicationId
    if (!field.value && open[0]) field.value = open[0].id
  }

  const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')

  // Some systems know no type for a HEIC file.
  const typeOf = (file) => file.type || (/\.hei[cf]$/i.test(file.name) ? 'image/heic' : 'application/octet-stream')

  async function upload({ applicationId, documentType, file }, say) {
    say('Reading the file…', '')
    const sha256 = hex(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
    const input = {
      applicationId,
      documentType,
      fileName: file.name,
      contentType: typeOf(file),
      size: file.size,
      sha256,
    }
    const { requestKycDocumentUpload: requested } = await graphql(
      `mutation RequestUpload($input: RequestKycDocumentUploadInput!) {
        requestKycDocumentUpload(input: $input) { upload { id url method headers { name value } } }
      }`,
      { input },
    )
    const { id, url, method, headers } = requested.upload
    say('Sending it to the object store…', '')
    const stored = await fetch(url, {
      method,
      headers: headers.map(({ name, value }) => [name, value]),
      body: file,
      credentials: 'omit',
    })
    if (!stored.ok) throw new Error(`The object store answered ${stored.status}.`)
    say('Having it checked…', '')
    const { completeKycDocumentUpload: completed } = await graphql(
      `mutation CompleteUpload($input: CompleteKycDocumentUploadInput!) {
        completeKycDocumentUpload(input: $input) { document { id contentType size } }
      }`,
      { input: { uploadId: id } },
    )
    const { document } = completed
    say(`Stored and checked: ${document.contentType}, ${document.size} bytes.\n${document.id}`, 'good')
  }

  dialogOf('upload', { onOpen: offerApplications, onSubmit: upload })
  showSession().catch(showNotice)
}
