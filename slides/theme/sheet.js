/* Takes the slides apart: each gets a row of its own, its picture at the left and what is said at the right. */
(function () {
  const all = Array.from(document.querySelectorAll(".slides > section"));
  all.forEach(function (slide, index) {
    const row = document.createElement("article");
    row.innerHTML = '<div class="frame"><div class="reveal"><div class="slides"></div></div></div>';
    const notes = slide.querySelector("aside.notes") || document.createElement("aside");
    notes.dataset.number = index + 2; // the title slide is 1
    slide.style.background = slide.dataset.backgroundColor || "";
    if (slide.dataset.backgroundImage) slide.style.background = 'center / cover url("' + slide.dataset.backgroundImage + '")';
    row.querySelector(".slides").append(slide);
    row.append(notes);
    document.body.append(row);
  });
  Promise.all(Array.from(document.images, function (image) { return image.decode().catch(function () {}); })).then(
    function () { document.body.dataset.ready = "yes"; }
  );
})();
