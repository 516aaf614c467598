"""What an instruction means beyond its operations: the seed's sentences, notes, files, contradictions, hints."""

import inspect
import re
from math import inf

import pytest

from clipline.errors import Refused
from clipline.studio.instructions import ExportWish, interpret
from clipline.studio.instructions.humans import WHO
from clipline.studio.instructions.objects import NAMES, NAMES_ZH
from clipline.studio.instructions.phrases_en import ENGLISH
from clipline.studio.instructions.phrases_zh import CHINESE
from clipline.timeline import Background, Isolate, Media, Music, Remove, Title, Trim
from clipline.values import Color, Size

ALL_NAMES = {**NAMES, **NAMES_ZH, **WHO}
ENGLISH_NAMES = {name: meant for name, meant in ALL_NAMES.items() if name.isascii()}
CHINESE_NAMES = {name: meant for name, meant in ALL_NAMES.items() if not name.isascii()}

RED, BLUE, BLACK = Color(255, 0, 0), Color(0, 0, 255), Color(0, 0, 0)


def refusal(text, **known) -> Refused:
    with pytest.raises(Refused) as caught:
        interpret(text, **known)
    return caught.value


# --- the three sentences of the seed ---------------------------------------------------------------------------------


def test_the_seed_s_first_sentence_fills_the_background_person_with_black():
    understood = interpret("remove the background person and replace it with a solid color")
    assert understood.operations == (Remove("background_person", BLACK),)
    assert understood.export == ExportWish()
    assert understood.notes[0] == (
        "every person but the foreground one (the largest, most central) is filled with solid black; "
        "with one person in the frame, that person"
    )


def test_the_seed_s_second_sentence_is_a_plain_export_at_1080p():
    understood = interpret("edit a 30-second MP4 clip with a person walking in frame into a 1080p MP4")
    assert understood.operations == ()
    assert understood.export == ExportWish(format="mp4", lines=1080)
    assert understood.export.size_for(Size(1280, 720)) == Size(1920, 1080)
    assert understood.export.size_for(Size(720, 1280)) == Size(1080, 1920)
    assert "nothing in the picture is changed" in understood.notes
    assert any("describes the clip" in line for line in understood.notes)


def test_the_seed_s_third_sentence_is_ambiguous_and_answered_with_examples():
    error = refusal("removing, replacing, or isolating objects")
    assert error.code == "ambiguous"
    assert "remove the person" in error.hint
    assert "keep only the person" in error.hint


# --- the size of the finished picture --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "picture", "size"),
    [
        (ExportWish(), Size(641, 361), Size(641, 361)),
        (ExportWish(size=Size(300, 201)), Size(1280, 720), Size(300, 201)),
        (ExportWish(max_size=Size(1080, 1920)), Size(3840, 2160), Size(1920, 1080)),
        (ExportWish(max_size=Size(1080, 1920)), Size(640, 360), Size(640, 360)),
        (ExportWish(lines=720), Size(1920, 1080), Size(1280, 720)),
        (ExportWish(lines=480), Size(1000, 1000), Size(854, 480)),
        (ExportWish(lines=1080), Size(640, 480), Size(1920, 1080)),
        (ExportWish(lines=1080), Size(480, 640), Size(1080, 1920)),
    ],
)
def test_a_wish_knows_the_size_of_the_finished_picture(wish, picture, size):
    assert wish.size_for(picture) == size


def test_a_picture_that_was_cropped_keeps_its_shape():
    assert ExportWish(lines=1080).size_for(Size(640, 480), shaped=True) == Size(1440, 1080)
    assert ExportWish(lines=480).size_for(Size(1000, 1000), shaped=True) == Size(480, 480)


def test_a_crop_said_after_the_lines_leaves_them_the_final_size():
    understood = interpret("make it 1080p and crop to 9:16")
    assert understood.export.lines == 1080
    assert any("finished picture" in line for line in understood.notes)


# --- what was taken for granted is said ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("replace the background with a solid color", "no colour is named: black"),
        ("remove the man", "“man” is taken as any person"),
        ("remove the person walking in the frame", "“walking in the frame” is left aside"),
        ("remove the bystanders", "taken as the people in the background"),
        ("use a green screen", "the screen's colour is green (#008000)"),
        ("keep 2 to 5", "is taken as seconds"),
        ("trim to 5 seconds", "the first 5s of the clip are kept"),
        ("cut the first second", "takes these seconds away"),
        ("make it vertical", "the sides are cut off"),
        ("add the title Hello", "the title reads “Hello”"),
        ("cut out the person", "to take them away, say “remove”"),
        ("去掉男人", "不区分是谁"),
        ("替换背景为纯色", "没有指定颜色：黑色"),
    ],
)
def test_what_was_taken_for_granted_stands_in_the_notes(text, said):
    assert any(said in line for line in interpret(text).notes), interpret(text).notes


def test_notes_speak_the_language_of_the_instruction():
    assert interpret("remove the person").language == "en"
    chinese = interpret("把人去掉")
    assert chinese.language == "zh"
    assert "去掉人物" in chinese.notes[0]


def test_a_quoted_title_does_not_decide_the_language():
    assert interpret("add the title 「你好，世界，再见」").language == "en"
    assert interpret("加标题“Hello my dear old friend”").language == "zh"


# --- files -----------------------------------------------------------------------------------------------------------

AT_HAND = ("/clips/Beach Day.jpg", "/clips/song.mp3", "/clips/song.png", "/clips/night.mp4")


@pytest.mark.parametrize(
    "text",
    [
        "replace the background with Beach Day.jpg",
        "replace the background with beach day",
        "replace the background with '/clips/Beach Day.jpg'",
        'use "beach day.jpg" as the background',
        "把背景换成Beach Day.jpg",
        "把背景换成“beach day”",
    ],
)
def test_a_file_at_hand_is_meant_by_path_name_or_stem(text):
    assert interpret(text, materials=AT_HAND).operations == (Background(Media("/clips/Beach Day.jpg")),)


def test_a_stem_of_several_files_means_the_one_of_the_right_kind():
    both = interpret("replace the background with song and add the music song", materials=AT_HAND)
    assert both.operations == (Background(Media("/clips/song.png")), Music("/clips/song.mp3"))


def test_an_absolute_path_need_not_be_at_hand():
    assert interpret("replace the background with /data/sea.png").operations == (Background(Media("/data/sea.png")),)


def test_the_picture_is_the_only_one_at_hand():
    understood = interpret("replace the background with the picture", materials=["/c/a.jpg", "/c/b.mp3"])
    assert understood.operations == (Background(Media("/c/a.jpg")),)
    assert refusal("replace the background with the picture", materials=["/c/a.jpg", "/c/b.png"]).code == "ambiguous"


def test_a_file_that_is_not_at_hand_is_refused_with_how_to_hand_it_over():
    error = refusal("replace the background with ocean.jpg", materials=AT_HAND)
    assert error.code == "not_at_hand"
    assert "“ocean.jpg”" in error.message
    assert "Beach Day.jpg" in error.message
    assert "upload" in error.message
    assert "absolute path" in error.message


def test_a_sound_is_no_background_and_a_picture_no_music():
    assert "not a picture or clip" in refusal("replace the background with song.mp3", materials=AT_HAND[:2]).message
    assert "does not name a sound file" in refusal("add the music song.png", materials=AT_HAND).message


def test_names_with_connectors_and_commas_in_them_are_one_name():
    files = ("/c/you and me, then.jpg", "/c/我和你.jpg")
    assert interpret("replace the background with you and me, then.jpg", materials=files).operations == (
        Background(Media(files[0])),
    )
    assert interpret("把背景换成我和你.jpg", materials=files).operations == (Background(Media(files[1])),)


# --- times -----------------------------------------------------------------------------------------------------------


def test_counting_from_the_end_needs_the_length_of_the_clip():
    error = refusal("cut the last 3 seconds")
    assert error.code == "unsupported"
    assert "length of the clip is not known" in error.message
    assert interpret("cut the last 3 seconds", default_duration=30).operations == (Trim(0.0, 27.0),)
    assert "outside the clip" in refusal("cut the last 30 seconds", default_duration=10).message


@pytest.mark.parametrize(
    ("text", "operations"),
    [
        ("keep the first 2 seconds, then add the title “Fin” in the last second", ("0s to 2s", "from 1s for 1s")),
        ("cut out 1s to 2s, then keep the last 2 seconds", ("1s to 2s", "1s to 3s")),
        ("cut off the first second and the last second", ("1s to 3s",)),
        ("join b.mp4 and then keep from 5s", ("b.mp4", "5s to the end")),
        ("keep the first 2 seconds, then remove the last half second", ("0s to 2s", "0s to 1.5s")),
        ("keep the first 2 seconds and remove the last half second", ("0s to 2s", "0s to 1.5s")),
        ("remove the last half second, then keep the first 2 seconds", ("0s to 3.5s", "0s to 2s")),
        ("drop the first second, keep 2 seconds", ("1s to the end", "0s to 2s")),
        ("keep the first 3 seconds, then keep the last 2 seconds", ("0s to 3s", "1s to 3s")),
        ("截取前两秒，再去掉最后半秒", ("0s to 2s", "0s to 1.5s")),
        ("start at 1s and end at 3s, add the title “Fin” in the last half second", ("1s to 3s", "from 1.5s for 0.5s")),
        ("put b.mp4 before it, then keep the last 6 seconds", ("b.mp4", "4s to 10s")),
        ("join b.mp4 with a 1 second crossfade, then cut off the last second", ("b.mp4", "0s to 8s")),
        ("put a.jpg in front for 2 seconds and keep the first half", ("a.jpg", "0s to 3s")),
        ("keep the last 10 seconds", ("0s to 4s",)),
    ],
)
def test_times_are_those_of_the_clip_at_its_turn(text: str, operations: tuple[str, ...]) -> None:
    lengths = {"b.mp4": 6.0, "a.jpg": inf}
    found = interpret(text, materials=list(lengths), default_duration=4, length_of=lengths.__getitem__).operations
    assert len(found) == len(operations)
    assert all(part in str(operation) for operation, part in zip(found, operations, strict=True))


def test_a_picture_is_as_long_as_it_is_shown():
    found = interpret("show it for 8 seconds, add “Fin” in the last second", default_duration=5, stands=True).operations
    assert found == (Trim(0.0, 8.0), Title("Fin", start=7.0, duration=1.0))


def test_a_part_that_ends_before_it_starts_is_refused_whatever_follows():
    error = refusal("start at 3s and end at 2s, add “Fin” in the last second", default_duration=4)
    assert "must end after it starts" in error.message


@pytest.mark.parametrize(
    "text",
    ["keep the last 2 seconds", "cut off the last second", "keep the second half", "add “Fin” in the last second"],
)
def test_after_a_joined_clip_of_unknown_length_nothing_is_counted_from_the_end(text: str) -> None:
    error = refusal(f"join b.mp4, then {text}", materials=["b.mp4"], default_duration=4)
    assert "length of the clip is not known" in error.message


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("5 seconds", 5.0),
        ("five seconds", 5.0),
        ("twenty-five secs", 25.0),
        ("1.5s", 1.5),
        ("half a minute", 30.0),
        ("a minute", 60.0),
        ("second", 1.0),
        ("half second", 0.5),
        ("one and a half seconds", 1.5),
        ("1 minute 30 seconds", 90.0),
        ("1m30s", 90.0),
        ("0:05", 5.0),
        ("1:00:01", 3601.0),
        ("500 ms", 0.5),
    ],
)
def test_durations_are_read_as_people_write_them(words, seconds):
    assert interpret(f"trim to the first {words}").operations == (Trim(0.0, seconds),)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("五秒", 5.0),
        ("5秒钟", 5.0),
        ("十二秒", 12.0),
        ("两分钟", 120.0),
        ("半分钟", 30.0),
        ("一分半钟", 90.0),
        ("一百零五秒", 105.0),
        ("二十五秒", 25.0),
        ("一分三十秒", 90.0),
        ("五秒半", 5.5),
        ("1.5秒", 1.5),
        ("一百秒", 100.0),
    ],
)
def test_chinese_durations_are_read_as_people_write_them(words, seconds):
    assert interpret(f"截取前{words}").operations == (Trim(0.0, seconds),)


def test_the_unit_of_a_range_belongs_to_both_ends():
    assert interpret("keep 1 to 2 minutes").operations == (Trim(60.0, 120.0),)


# --- together --------------------------------------------------------------------------------------------------------


def test_operations_come_in_the_order_said():
    understood = interpret("trim to the first 5 seconds, crop it square, then add the title “A”")
    assert [type(operation).__name__ for operation in understood.operations] == ["Trim", "Crop", "Title"]


def test_people_are_found_before_the_background_hides_them():
    understood = interpret("blur the background and remove the background person")
    assert [operation.key for operation in understood.operations] == ["remove", "background"]
    assert any("is done before" in line for line in understood.notes)
    filled = interpret("fill the person with red and replace the background with blue")
    assert filled.operations == (Background(BLUE), Remove("person", RED))


def test_isolating_on_a_background_is_one_operation():
    assert interpret("isolate the person and replace the background with blue").operations == (Isolate("person", BLUE),)
    assert interpret("isolate the person on /d/sea.jpg").operations == (Background(Media("/d/sea.jpg")),)
    assert interpret("isolate the person and remove the background").operations == (Isolate("person"),)


def test_several_titles_may_stand_in_one_sentence():
    understood = interpret('add the title "A" for 2 seconds and the title "B" from 2 to 4 seconds at the top')
    assert understood.operations == (
        Title("A", duration=2.0),
        Title("B", start=2.0, duration=2.0, position="top"),
    )


def test_lines_of_a_list_are_clauses():
    understood = interpret('- remove the person\n- resize to 720p\n2. add the title "Hi"\n')
    assert [operation.key for operation in understood.operations] == ["remove", "title"]
    assert understood.export.lines == 720


def test_a_sentence_may_be_wrapped():
    assert interpret("keep between 2\nand 5 seconds").operations == (Trim(2.0, 5.0),)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("make the background red, make the background blue", "make the background red", "make the background blue"),
        ("remove everyone and blur the background", "remove everyone", "blur the background"),
        ("remove the person and blur the person", "remove the person", "blur the person"),
        ("pixelate the people, remove everyone", "pixelate the people", "remove everyone"),
        ("remove the people and blur the person on the left", "remove the people", "blur the person on the left"),
        ("remove the person and keep only the dog", "remove the person", "keep only the dog"),
        ("remove the dog and fill the dog with black", "remove the dog", "fill the dog with black"),
        ("export as mp4 and then as webm", "export as mp4", "as webm"),
        ("trim to 5 seconds, trim to 3 seconds", "trim to 5 seconds", "trim to 3 seconds"),
        ("make it 720p and pad to 1920x1080", "make it 720p", "pad to 1920x1080"),
    ],
)
def test_clauses_that_exclude_each_other_are_both_named(text, first, second):
    error = refusal(text)
    assert error.code == "contradiction"
    assert f"“{first}”" in error.message
    assert f"“{second}”" in error.message


@pytest.mark.parametrize(
    ("text", "gone", "changed"),
    [
        ("remove the person on the left and blur the person on the right", "left", "right"),
        ("remove the dog and blur the person", "dog", "person"),
        ("remove the person in the background and blur the person", "background_person", "person"),
    ],
)
def test_others_than_those_who_are_removed_may_be_changed(text, gone, changed):
    kept = [getattr(operation.who, "which", operation.who) for operation in interpret(text).operations]
    assert kept == [gone, changed]


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "。", "?!", "…", "please", "谢谢"])
def test_nothing_to_do_is_vague(text):
    assert refusal(text).code == "vague"


def test_the_words_that_were_not_understood_are_named_and_no_others():
    error = refusal("remove the person and make it pop")
    assert "“make it pop”" in error.message
    assert "remove the person" not in error.message


def test_a_typing_error_is_answered_with_the_nearest_word_and_not_corrected():
    assert "“remove”" in refusal("remvoe the pen").message


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("remove teh person", "remove the person"),
        ("remvoe the person", "remove the person"),
        ("replace the backgroud with blue", "replace the background with blue"),
        ("blur the background adn make it square", "blur the background and make it square"),
        ("add teh title “Teh End” at the top", "add the title “Teh End” at the top"),
        ("trim to the first five secnods", "trim to the first five seconds"),
    ],
)
def test_a_sentence_that_is_right_but_for_typing_errors_is_offered_without_them(typed, meant):
    assert f"did you mean “{meant}”?" in refusal(typed).message


@pytest.mark.parametrize("text", ["remove the pen", "remove the tall person", "remove the tent"])
def test_another_word_is_not_taken_for_a_typing_error(text):
    assert "did you mean" not in refusal(text).message


@pytest.mark.parametrize("text", ["add title Hello and goodbye at bottom left", "title Tom, Dick and Harry"])
def test_a_title_that_may_go_on_is_refused_with_the_advice_to_use_quotation_marks(text):
    assert "quotation marks" in refusal(text).message
    assert "quotation marks" not in refusal('add title "Hello" and goodbye at bottom left').message


def test_a_missing_file_is_refused_with_the_one_at_hand_of_nearly_its_name():
    at_hand = ["/m/music.mp3", "/m/cockatoo.mp4"]
    assert "did you mean “music.mp3”?" in refusal("add music musik.mp3", materials=at_hand).message
    assert "did you mean “cockatoo.mp4”?" in refusal("join cockato.mp4", materials=at_hand).message
    assert "是不是“music.mp3”" in refusal("加背景音乐musik.mp3", materials=at_hand).message
    assert "did you mean" not in refusal("add music other.mp3", materials=at_hand).message
    assert "did you mean" not in refusal("join music.mp4", materials=at_hand[:1]).message


@pytest.mark.parametrize("text", ["cut the clip at 5 seconds", "cut off at 0:05"])
def test_a_cut_at_a_point_says_which_side_stays(text):
    assert any("keeps what is before that point" in note for note in interpret(text).notes)
    assert not any("before that point" in note for note in interpret("end at 0:05").notes)


def test_what_cannot_be_done_is_said_with_the_nearest_thing_that_can():
    assert refusal("remove the guitar").hint.startswith("nearest to it: “remove the person”")
    assert "nothing of this name can be found" in refusal("remove the guitar").message
    assert "相近的有：" in refusal("去掉自行火炮").message
    assert "faces" in refusal("blur her face").message
    assert "one of several" in refusal("remove the tall person").message
    assert "clipline runs list" in refusal("credits balance").message
    assert "the formats are mp4, mov" in refusal("export as avi").message
    assert "“pixelate the people”" in refusal("blur the faces").message
    assert "“给所有人打码”" in refusal("把人脸打码").message
    assert "“trim to the first 3 seconds” before it" in refusal("export as a gif, 3 seconds").message
    for faded in ("fade to black at the end", "fade in from white", "fade the video out"):
        assert "the picture cannot be faded" in refusal(faded, materials=AT_HAND).message


@pytest.mark.parametrize("text", ["asdf qwer", "make it pop", "speed up", "阿斯顿发", "让视频更好看"])
def test_who_is_lost_is_told_all_that_can_be_done(text):
    hint = refusal(text).hint
    assert ("可以做的：" in hint) or ("what can be done: " in hint)


@pytest.mark.parametrize(
    "text",
    [
        "remvoe the person",
        "blur her face",
        "remove the dog and blur the dog",
        "do not blur the background",
        "trim to 5 seconds, trim to 3 seconds",
        "导出mp4，导出webm",
        "add music",
    ],
)
def test_nothing_is_added_to_what_says_by_itself_what_to_do(text):
    assert "what can be done" not in refusal(text).hint
    assert "可以做的" not in refusal(text).hint


@pytest.mark.parametrize("text", ["replace the background", "add the music none.mp3", "join the clips", "加音乐"])
def test_no_file_is_offered_that_is_not_there(text):
    assert not re.search(r"\.(?:jpg|mp3|mp4)", refusal(text).hint)
    named = refusal(text, materials=["/c/sea.png", "/c/wave.wav", "/c/two.mov"]).hint
    assert re.search("sea.png|wave.wav|two.mov", named)


def test_all_that_is_not_offered_is_named():
    message = refusal("black and white and twice as fast").message
    assert "speed" in message
    assert "colours" in message
    apart = refusal("rotate it, mute it and make it brighter").message
    assert "turned or mirrored" in apart
    assert "brightness" in apart


def test_every_name_of_people_and_things_is_understood():
    for names, form in ((ENGLISH_NAMES, "remove the {}"), (CHINESE_NAMES, "去掉{}")):
        wrong = {name for name, meant in names.items() if interpret(form.format(name)).operations != (Remove(meant),)}
        assert not wrong


def test_who_has_a_name_from_what_is_ridden_is_the_person_alone():
    assert "“cyclist” is the person alone; the bicycle is named by itself" in interpret("blur the cyclist").notes


def test_a_title_without_quotation_marks_never_swallows_another_clause():
    assert "remove the whale" in refusal("add the title Hello and remove the whale").message


@pytest.mark.parametrize("text", ["x" * 2001, "remove the person " * 400, "去掉人，" * 1250])
def test_a_text_that_is_too_long_is_refused(text):
    assert "long" in refusal(text).message or "太长" in refusal(text).message


@pytest.mark.parametrize("text", ["remove the object", "remove objects", "delete the items", "erase things"])
def test_things_that_are_not_named_are_no_typing_error(text):
    assert "does not say what is to be removed" in refusal(text).message


def always_there(template: str) -> set[str]:
    """The values that whatever a template matches has: those in no brackets and in no choice."""
    bare = template
    while bare != (bare := re.sub(r"\[[^\[\]]*\]|\([^()]*\|[^()]*\)", "", bare)):
        pass
    return {name or slot for name, slot in re.findall(r"\{(?:(\w+):)?(\w+)\}", "" if "|" in bare else bare)}


@pytest.mark.parametrize("phrases", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_each_phrase_has_the_values_that_what_it_does_cannot_do_without(phrases):
    for table in (phrases.heads, phrases.modifiers, phrases.openers, phrases.otherwise):
        for make, templates in table:
            code = inspect.getsource(make)
            asked = set(re.findall(r'heard\["(\w+)"\]', code)) - set(re.findall(r'heard\.get\("(\w+)"\)', code))
            for template in templates:
                assert asked <= always_there(template), (make.__name__, template)
