// With a token in the address a new password is chosen, without one a link is asked for.
{
  const find = (selector) => document.querySelector(selector)
  const query = new URLSearchParams(location.search)
  const token = query.get('token')
  // The token lets in whoever has it: it does not stay in the address bar, nor in the history.
  history.replaceState(null, '', location.pathname)

  async function post(path, body) {
    const response = await fetch(`/api/auth/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = await response.json().catch(() => ({}))
    if (!response.ok) throw Object.assign(new Error(answer.message), { code: answer.code })
  }

  function showWorn() {
    find('#set').hidden = true
    find('#worn').hidden = false
    find('#ask').hidden = false
  }

  function onSubmit(name, send) {
    const form = find(`#${name}`)
    const status = form.querySelector('[role="status"]')
    const button = form.querySelector('button')
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      button.disabled = true
      status.textContent = ''
      try {
        await send(Object.fromEntries(new FormData(form)))
        for (const part of form.querySelectorAll('label, button, p:not([role])')) part.hidden = true
        find('#worn').hidden = true
        status.textContent = status.dataset.done
        status.dataset.kind = 'good'
      } catch (error) {
        if (error.code === 'INVALID_TOKEN') return showWorn()
        status.textContent = status.dataset.failed
        status.dataset.kind = 'bad'
      } finally {
        button.disabled = false
      }
    })
  }

  onSubmit('ask', ({ email }) => post('request-password-reset', { email }))
  onSubmit('set', ({ newPassword }) => post('reset-password', { newPassword, token }))
  if (query.has('error')) showWorn()
  else find(token ? '#set' : '#ask').hidden = false
}
