// Runs before the first paint, as a file of its own because the Content-Security-Policy allows no inline script: takes up the
// colours and the language remembered, so that nothing flashes. Keys are those of Mantine and of src/i18n.
(function () {
  var root = document.documentElement;
  var scheme = null;
  var language = null;
  try {
    scheme = localStorage.getItem('mantine-color-scheme-value');
    language = localStorage.getItem('ocr-language');
  } catch {
    // storage is blocked: the system's choice it is
  }
  var dark = scheme === 'dark' || (scheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
  if (language === 'fr' || (language === null && /^fr\b/i.test(navigator.language))) root.lang = 'fr';
})();
