// Starts the design system's script. Its address, which carries a hash, stands in the page's link.
const { href } = document.querySelector('link[rel="modulepreload"]');
const { initAll } = await import(href);
initAll();
