"""What the page of pictures before and after edits says about each: its heading, the text for who cannot see, words."""

OPENING = """
# Before and after

<!-- Written by `python -m tests.docs.before_after`, with its pictures; change the code, not this page. -->

What edits on this machine look like, good and bad. Each picture was made by `clipline edit` with the sentences below
it, and laid together from frames of the finished files; what comes first is the clip as it was. All of it can be made
anew, from the repository's root, where fonts of all the scripts are installed:

    python -m tests.docs.before_after

Clips with a person in orange are composites of a portrait by NASA (public domain) over pictures of the OpenCV project
(Apache-2.0); the walker is from OpenCV's `vtest.avi`, the cat from scikit-image (CC0). Subjects that were composited
have crisper edges than what a camera sees. In figures it is told by [how people are removed](removal.md) and
[beside other programs](beside-others.md).
"""

WORDS: dict[str, tuple[str, str, str]] = {
    "remove-still": (
        "## A person is removed, the camera stands",
        "Three moments of somebody in orange who walks before a building, and below them the building alone",
        """
What stood behind her was seen at other moments and is put back from there: windows, signs and steps are the real
ones, nothing is made up.
""",
    ),
    "remove-moving": (
        "## A person is removed, the camera pans",
        "Three moments of a walker before a wall while the camera pans, and below them the wall alone",
        """
The wall is registered from picture to picture and laid into a mosaic along the way. The joints of the panels go on
straight where he walked.
""",
    ),
    "remove-thing": (
        "## A thing is removed",
        "A cat's head comes in beside a person; below, the person and the building without the cat",
        """
The cat is found by its name and taken out; the person, whom nobody named, stays as she was.
""",
    ),
    "hide-thing": (
        "## A thing is blurred, pixelated, filled",
        "A cat's head as it was, blurred, made into squares, and as an orange shape",
        """
Blur and squares take a rounded box around the cat, with something to spare, so that nothing of it shows where an
outline would be found less well. A colour fills the outline itself.
""",
    ),
    "isolate": (
        "## A person alone",
        "A person before a tower; the same person on black; the same on a checkerboard",
        """
On black where the file carries no transparency (mp4), and transparent where it does (here mov; the checkerboard
stands for what is clear).
""",
    ),
    "background": (
        "## Another background, or a blurred one",
        "A person before a tower; the same before another building; the same with the tower blurred",
        """
Neither the old sky nor the tower shines through at the edge, and the orange of the suit does not run into the blur.
Light and shadow of the person stay those of the first place: nothing is done to make them fit the second.
""",
    ),
    "edge": (
        "## The edge, close",
        "The head of a person before a blue sky; the same on a checkerboard, and on green",
        """
The network's mask has a sample for every three pixels here. The edge is looked for in the picture itself, and the
blue of the old sky, which is mixed into every pixel that a person covers but in part, is taken out of it.
""",
    ),
    "crop-follows": (
        "## A crop that follows",
        "Three moments of somebody who crosses a wide picture, and below them upright crops with them in each",
        """
The window of 9:16 goes along calmly and keeps her in the middle of the frame.
""",
    ),
    "titles": (
        "## Titles and lower thirds",
        "A person; the same with a lower third in Latin, a title in Greek and Cyrillic; in Devanagari, Chinese, Arabic",
        """
Several scripts in one picture, Arabic joined and from right to left. For each, a font that can write it has to be
installed; without one the edit is refused before the work, with the characters that cannot be written.
""",
    ),
    "far": (
        "## A person far away",
        "A person of 36 pixels in a part of the picture, and the same cut out on a checkerboard",
        """
She is 36 pixels high in a picture of 360 lines, shown six times as large. Whoever is small is looked for in enlarged
parts of the picture. The outline is as coarse as the picture is, and her hair is
half transparent.
""",
    ),
    "reflection": (
        "## A reflection goes along",
        "Somebody walks by above water that mirrors them; below, they and their reflection are gone",
        """
What differs from the empty scene near a person is put back as well, here the mirror image in the water below a dry
strip. A shadow goes in the same way. A reflection far from its person, in a window across the street, stays.
""",
    ),
    "in-front": (
        "## In front of somebody who stays",
        "A cat's head goes by in front of a person; below, the person is whole and the cat is gone",
        """
What stands before or beside somebody is told from them by where each of them is and by their colours, and what is
behind it is as it was seen before or after, the person who stands there too. In the first picture a strip of the cat is
left: it was not found when it came in, so a piece of it is taken for what is behind.
""",
    ),
    "fails-hair": (
        "## Not good: single hairs",
        "The head of a person with hairs that stand out, and the same cut out on a checkerboard",
        """
Hairs were drawn around the head for this one. Those that stand out further than some pixels from the outline are cut
off, since the edge is looked for only near to where the network sees it; what is left of them looks like bristles.
At the neck the network took a piece of the red wall for a part of her: that no search for an edge can mend.
""",
    ),
    "fails-group": (
        "## Not good: while others are right behind",
        "Several people at a sign; below, one of them alone, who is lost while another one is behind him",
        """
All but the one who comes from the left are taken out, and he is told from those beside him, half behind the sign too.
In the third picture another one stands behind him: where it cannot be told whose a place is, it is taken out, so that
nobody is seen who was to be, and of him the feet alone are left; a warning says when that is. A foot that the sign
parts from its owner is left in the first one. Where people overlap, look at the result.
""",
    ),
}

CLOSING = """
## Also not good

- **What is very small** is not found: a cat's head of 30 pixels and a person of 18 in a picture of 360 lines are
  refused with "no cat was found", and no file is left.
- **What is held** in a hand or carried belongs to a person only where the network takes it for a part of them; a thin
  thing like a stick or a cable is cut off.
- **Who stands still for the whole clip** hides what was never seen; it is made up from what is around, looks smooth,
  and the run says how much it is.
- **Things at different depths** around a person move against each other while the camera travels, but a plane is all
  that is registered; the run says that too, and `quality: strict` refuses it.
"""
