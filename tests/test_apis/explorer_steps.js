/* A visit to the made page; see tests/browser.js. */
    answers.cloud = cloud.constructor.name;
    await ask('  TREE ');
    answers.word = { layer: state.layer, scores: [...heats.student.scores] };
    element('threshold').value = 60;
    element('threshold').dispatchEvent(new Event('input'));
    answers.above = element('above').textContent;
    await ask('treee');
    answers.unknown = element('said').textContent;
    choose({ side: 'both', threshold: 0 });
    draw();
    press(WANTED, 'student');
    await pause();
    answers.point = state.point;
    answers.similar = { student: [...heats.student.scores],
                        teacher: [...heats.teacher.scores].map(
                            score => Number.isNaN(score) ? null : score) };
    answers.ranks = element('point').textContent;
    key('Escape');
    choose({ layer: 'classes', side: 'student' });
    answers.before = shown();
    const row = [...document.querySelectorAll('#legend .entry')][0];
    answers.hidden = row.querySelector('label').textContent;
    row.querySelector('input').click();
    answers.after = shown();
    document.querySelectorAll('#legend .entry button')[0].click();
    answers.only = shown();
    for (const each of layersOf(frame)) { choose({ layer: each }); draw(); }
    key('f');
    answers.folded = element('panel').classList.contains('folded');
    const before = orbit.state();
    key('ArrowLeft');
    key('+');
    answers.turned = orbit.state().map((value, i) => value - before[i]);
    choose({ layer: 'errors', threshold: 30 });
    writeLink(state, orbit);
    answers.link = location.hash;
    const kept = orbit.state();
    orbit.reset();
    choose({ layer: 'classes', threshold: 0, hidden: new Set() });
    follow(answers.link);
    await pause();
    answers.followed = { layer: state.layer, threshold: state.threshold,
                         hidden: [...state.hidden].length,
                         camera: String(orbit.state()) === String(kept) };
    follow('#f=7&l=__proto__&p=-3&t=1e9&c=NaN_1&h=a.b&w=%3Cimg%3E');
    await pause();
    answers.words = scan.words.names.length;
