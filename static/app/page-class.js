// Tells the design system's styles that scripts run. The first thing in the body, so that nothing jumps.
document.body.className +=
  ' js-enabled' + ('noModule' in HTMLScriptElement.prototype ? ' nhsuk-frontend-supported' : '');
