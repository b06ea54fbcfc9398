// Starts the passkey scripts on the parts of the page that ask for it, and shows those parts.
(() => {
  if (!window.PublicKeyCredential) return;
  const ways = {
    login: ["loginForm", "login"],
    give: ["authenticateForm", "authenticate"],
    add: ["addForm", "add"],
  };
  for (const part of document.querySelectorAll("[data-passkey]")) {
    const { passkey, button, credential, options, alone } = part.dataset;
    const [start, name] = ways[passkey];
    const ids = { [name]: button, credential, data: options, passwordless: alone };
    window.allauth.webauthn.forms[start]({ ids });
    part.hidden = false;
  }
  for (const part of document.querySelectorAll("[data-passkey-missing]")) part.hidden = true;
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    for (const part of document.querySelectorAll("[data-passkey-failed]")) part.hidden = false;
  });
})();
