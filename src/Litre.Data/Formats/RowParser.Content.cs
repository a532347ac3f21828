using System.Globalization;
using System.Text.RegularExpressions;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Keys;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    // Placeholders of LLaVA and ms-swift, of templates, and of other models' data,
    // some with a number (MMMU, Phi) or a path inside.
    [GeneratedRegex(
        @"\(?<(?<kind>image|video)>(?:\./)?</\k<kind>>\)?|<(?<kind>image|video)>"
            + @"|(?:<\|vision_start\|>)?(?:<\|(?<kind>image|video)_pad\|>)+(?:<\|vision_end\|>)?"
            + @"|<\|begin_of_(?<kind>image|video)\|>(?:<\|(?:image|video)\|>)+<\|end_of_(?:image|video)\|>|<\|(?<kind>image|video)\|>"
            + @"|<\|media_start\|>(?<kind>image|video)<\|media_content\|><\|media_pad\|><\|media_end\|>"
            + @"|(?:\[(?<kind>IMG)\](?:\[IMG_BREAK\])?)+(?:\[IMG_END\])?(?!.*\[/IMG\])"
            + @"|(?:<img>)?(?:<(?<kind>IMG_CONTEXT)>)+(?:</img>)?|<(?<kind>image)_soft_token>"
            + @"|<\|?(?<kind>image|video)[_ -]?(?<number>\d{1,3})\|?>"
            + @"|<(?<kind>Image|image)Here>|<(?<kind>image)_placeholder>|<start_of_(?<kind>image)>"
            + @"|<img>(?<path>[^<>]{1,4096})</img>",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Places { get; }

    private void ReadContent(RowFields turn, object? content, List<ContentPart> parts, Turn state)
    {
        switch (content)
        {
            case null:
                break;
            case List<object?> items:
                foreach (var item in items)
                    ReadContent(turn, item, parts, state);
                break;
            case Dictionary<string, object?> part:
                ReadTyped(turn.ForLevel(KeyLevel.Part, part), parts, state);
                break;
            default:
                if (Text(content) is not { } text)
                    throw new RowException("a turn's content is not text", "write it as text or as typed parts");
                SplitAtPlaces(turn, text, parts, state);
                break;
        }
    }

    private void ReadTyped(RowFields part, List<ContentPart> parts, Turn state)
    {
        RefuseAudio(part);
        var type = ReadText(part, "type", "type of the part");
        switch (type ?? Untyped(part))
        {
            case "text" or "input_text" or "output_text":
                if (part.First("image", "images", "image_url", "video", "video_url") is { } shown)
                    throw part.Refuse(shown, $"a part of text also has '{shown}'", "write each image and video as a separate part");
                parts.Add(ContentPart.OfText(ReadText(part, part.First("text", "content", "value"), "text") ?? ""));
                return;
            case "image" or "image_url" or "input_image":
                RefuseText(part);
                if (part.First(PartImageKeys) is null)
                {
                    parts.Add(state.Images.Next()); // a placeholder for one of the row's own images
                    return;
                }
                foreach (var image in KeyedImages(part, PartImageKeys, state.Given.Row).Images)
                {
                    parts.Add(ContentPart.OfImage(state.Given.Images.Count));
                    state.Given.Images.Add(image);
                }
                return;
            case "video" or "video_url":
                RefuseText(part);
                if (part.First(PartVideoKeys) is not { } videoKey)
                {
                    parts.Add(state.Videos.Next());
                    return;
                }
                foreach (var source in media.Videos(part, videoKey, state.Given.Row))
                {
                    parts.Add(ContentPart.OfVideo(state.Given.Videos.Count));
                    state.Given.Videos.Add(source);
                }
                return;
            default:
                throw new RowException(
                    $"a part has the type '{PathResolver.Shorten(type ?? "none")}', expected text, image, image_url or video",
                    "use one of these types"
                );
        }
    }

    // Parts without a type: {"image": …}, {"text": …}.
    private static string? Untyped(RowFields part) =>
        part.First("image", "image_url") != null ? "image"
        : part.First("video", "video_url") != null ? "video"
        : part.Has("text") ? "text"
        : null;

    private static void RefuseText(RowFields part)
    {
        if (part.Has("text"))
            throw part.Refuse("text", "a part of an image or video also has 'text'", "write the text as a separate part");
    }

    // As in common fine-tuning scripts: white space around a placeholder is layout, not text.
    private void SplitAtPlaces(RowFields fields, string text, List<ContentPart> parts, Turn state)
    {
        var done = 0;
        foreach (Match match in Places.Matches(text))
        {
            if (PlaceOf(fields, match, state) is not { } place)
                continue;
            AddText(text[done..match.Index]);
            parts.Add(place);
            done = match.Index + match.Length;
        }
        if (done == 0)
            parts.Add(ContentPart.OfText(text));
        else
            AddText(text[done..]);

        void AddText(string piece)
        {
            piece = piece.Trim();
            if (piece.Length > 0)
                parts.Add(ContentPart.OfText(piece));
        }
    }

    private ContentPart? PlaceOf(RowFields fields, Match match, Turn state)
    {
        if (match.Groups["path"] is { Success: true } path)
        {
            if (!FileKind.NamesImage(path.Value.Trim()))
                return null; // an HTML tag
            var image = media.Named(path.Value.Trim(), state.Given.Row);
            if (state.Images.Find(state.Given.Images, image.Path) is { } given)
                return given;
            state.Given.Images.Add(image);
            return ContentPart.OfImage(state.Given.Images.Count - 1);
        }
        var pool = match.Groups["kind"].Value == "video" ? state.Videos : state.Images;
        if (!match.Groups["number"].Success)
            return pool.Next();
        // An answer may refer to an image by its number; only questions show images.
        return state.Role == Role.Assistant
            ? null
            : pool.Numbered(int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture), match.Value);
    }

    // The context for reading a turn's content: the speaker, the row's images and videos, and those that fill placeholders.
    private readonly record struct Turn(Role Role, RowMedia Given, MediaPool Images, MediaPool Videos);
}
