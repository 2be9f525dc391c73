"use strict";

const place = document.getElementById("reference");

SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  displayRequestDuration: true,
  // Without this it would send the document to a validator on another server.
  validatorUrl: null,
});
