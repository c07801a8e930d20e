/* Starts reveal.js, and chooses light or dark: ?light or ?dark, else what was chosen last, else the system's. */
(function () {
  const root = document.documentElement;
  const asked = new URLSearchParams(window.location.search);
  const printing = asked.has("print-pdf") || asked.get("view") === "print";
  const memory = {
    get: function () { try { return window.localStorage.getItem("course-slides-theme"); } catch (e) { return null; } },
    set: function (value) { try { window.localStorage.setItem("course-slides-theme", value); } catch (e) { /* none */ } },
  };
  const system = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.theme = asked.has("dark") ? "dark" : asked.has("light") || printing ? "light" : memory.get() || system;

  Reveal.initialize({
    width: 1280,
    height: 720,
    margin: 0,
    center: false,
    hash: true,
    history: false,
    controls: true,
    controlsTutorial: false,
    progress: true,
    slideNumber: "c/t",
    navigationMode: "linear",
    transition: "none",
    backgroundTransition: "none",
    pdfSeparateFragments: false,
    pdfMaxPagesPerSlide: 1,
    plugins: [RevealNotes],
  });
  Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Light or dark" }, function () {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    memory.set(root.dataset.theme);
  });
  /* What prints the slides waits for this: pages laid out, pictures decoded. */
  Reveal.on("pdf-ready", function () {
    Promise.all(Array.from(document.images, function (image) { return image.decode().catch(function () {}); })).then(
      function () { window.courseReadyToPrint = true; }
    );
  });
})();
