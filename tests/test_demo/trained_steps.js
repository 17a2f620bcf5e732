/* A visit to the page of a trained model; see tests/browser.js. */
    answers.title = document.title;
    answers.notes = scan.notes.join(' ');
    answers.total = frame.total;
    answers.words = {};
    for (const word of WORDS) {
      await ask(word);
      answers.words[word] = state.layer === 'word'
          && [...heats.student.scores];
    }
    choose({ side: 'both' });
    for (const wanted of CARS) {
      draw();
      press(wanted, 'student');
      await pause();
      if (state.point === wanted) break;
    }
    answers.point = state.point;
    const seen = score => Number.isNaN(score) ? null : score;
    answers.similar = {};
    for (const side of ['student', 'teacher'])
      answers.similar[side] = [...heats[side].scores].map(seen);
    answers.told = element('point').textContent;
    choose({ layer: 'classes', side: 'student', point: null });
    answers.before = shown();
    [...document.querySelectorAll('#legend .entry label')].find(
        each => each.textContent.startsWith(HIDDEN))
        .querySelector('input').click();
    answers.after = shown();
