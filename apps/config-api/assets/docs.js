/* global SwaggerUIBundle, SwaggerUIStandalonePreset -- loaded by the page before this script */
'use strict';

const form = document.getElementById('access');
const failure = document.getElementById('failure');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const token = document.getElementById('token').value.trim();
  failure.textContent = '';
  try {
    const response = await fetch('/openapi/v3', { headers: { authorization: `Bearer ${token}` } });
    const body = await response.json();
    if (!response.ok) throw new Error(body.message);
    show(token, Object.entries(body.paths));
    form.hidden = true;
  } catch (error) {
    failure.textContent = `The API cannot be shown: ${error.message}`;
  }
});

/** Shows the documents of all groups, Malla's own first; every request carries the token. */
function show(token, documents) {
  const urls = documents
    .map(([name, { serverRelativeURL }]) => ({ name, url: serverRelativeURL }))
    .sort((a, b) => Number(b.name.includes('malla.io')) - Number(a.name.includes('malla.io')));
  SwaggerUIBundle({
    urls,
    domNode: document.getElementById('api'),
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: 'StandaloneLayout',
    docExpansion: 'none',
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    requestInterceptor: (request) => {
      // Only to this server: a document must not lead the token elsewhere.
      if (new URL(request.url, location.href).origin === location.origin)
        request.headers.authorization = `Bearer ${token}`;
      return request;
    },
  });
}
