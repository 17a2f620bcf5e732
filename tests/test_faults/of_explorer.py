"""Situations: what tools/explore.py and its server are asked in vain."""
from test_faults.situations import REFUSED, RIGHT, WARNED, elsewhere, situation

from reldistill_mm.apis import explore, segment_file
from reldistill_mm.functional.common_words import parse_word_list
from reldistill_mm.io.named_inputs import require_page
from reldistill_mm.visualization import draw_runs

PAGE = 'tests/test_apis/test_explore.py::'
SERVER = 'tests/test_io/test_page_server.py::'


@situation(
    'explore.py with an exported folder and an info file', '10', REFUSED,
    "'model' is an exported model, which knows nothing of images: for "
    "'infos.pkl' give the config that it was made of, and --checkpoint.")
def _(tmp):
    (tmp / 'model').mkdir()
    explore(str(tmp / 'model'), tmp / 'infos.pkl')


@situation('explore.py --components 0', 'values', REFUSED,
           '--components 0 must be at least 1.')
def _(tmp):
    explore('model', tmp / 'infos.pkl', components=0)


@situation('explore.py with a scan that is not there', '8', REFUSED,
           "The scan 'a.bin' does not exist.")
def _(tmp):
    explore('model', tmp / 'a.bin')


@situation(
    'explore.py --out with the name of the scan', '7', REFUSED,
    "--out 'scan.bin' is to be a page: name a file that ends in .html.")
def _(tmp):
    require_page(tmp / 'scan.bin', '--out')


@situation(
    'a list of words without words', 'values', REFUSED,
    "'words.txt' holds no words: write them one per line, or separated "
    'by commas.')
def _(tmp):
    parse_word_list('# nothing\n , \n', 'words.txt')


@situation(
    'a list of words with a sentence in it', 'values', REFUSED,
    "'a; b' holds [';']: separate words by commas, as in 'car, tree, "
    "road'.")
def _(tmp):
    parse_word_list('car, a; b', 'words.txt')


elsewhere('explore.py --index beyond the keyframes', '9', REFUSED,
          '--index 2 is not in [0, 2), the number of keyframes.',
          PAGE + 'test_of_a_trained_model')
elsewhere(
    'a word that a small CLIP has not learned, typed into a served page',
    'names', REFUSED,
    "This small CLIP has not learned 'elephant': what it makes of it would "
    'mean nothing.', PAGE + 'test_words_that_a_small_clip_has_not_learned')
elsewhere(
    'a list of words that is not UTF-8', 'bytes', REFUSED,
    "--word-list 'latin.txt' is not text in UTF-8 (...): save it as "
    'that.', PAGE + 'test_of_a_trained_model')
elsewhere('a word that the page does not know', 'names', RIGHT,
          'a sentence that says so, and the nearest words that it knows',
          PAGE + 'test_a_visit')
elsewhere('a link (#...) that was tampered with', 'values', RIGHT,
          'what of it makes sense', PAGE + 'test_a_visit')
elsewhere('explore.py --serve asked for files outside its folder', '8', RIGHT,
          'status 404, whatever dots, links and encodings the path has',
          SERVER + 'test_paths_outside_the_folder')
elsewhere('explore.py --serve asked by the name of another host', 'machines',
          RIGHT, 'status 403', SERVER + 'test_other_hosts')
elsewhere('explore.py --serve asked by a page of elsewhere', 'machines', RIGHT,
          'status 403', SERVER + 'test_other_origins')
elsewhere('explore.py --serve with a body of more than 4096 bytes', 'values',
          RIGHT, 'status 413, before it is read',
          SERVER + 'test_large_and_strange_bodies')


@situation('plot.py of a run that has not started', '10', REFUSED,
           "No log (scalars.json) under 'run'; has the training started?")
def _(tmp):
    (tmp / 'run').mkdir()
    draw_runs([tmp / 'run'])


@situation('plot.py with one run twice', '6', REFUSED,
           'A work dir is given twice: name each run once.')
def _(tmp):
    draw_runs([tmp / 'run', tmp / 'run/../run'])


@situation('segment.py --unknown 30', 'values', REFUSED,
           '--unknown 30 is not a cosine, -1 to 1.')
def _(tmp):
    segment_file(tmp / 'a.bin', 'model', unknown=30)


@situation(
    "segment.py --unknown with the word 'unknown'", '6', REFUSED,
    "--words names 'unknown', which --unknown gives to points that no word "
    'fits: leave one out.')
def _(tmp):
    words = dict(unknown=['unknown'], car=['car'])
    segment_file(tmp / 'a.bin', 'model', words=words, unknown=.3)


elsewhere(
    "segment.py with words that fit nothing in the scan ('sofa')", '10',
    WARNED,
    "These words fit badly: for ... % of the points one of the model's "
    "own classes fits better (most often '...'); --unknown THRESHOLD "
    'leaves out what no word fits (...).',
    'tests/test_apis/test_segment_scan.py::test_points_that_no_word_fits')
