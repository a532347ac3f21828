using System.Text.RegularExpressions;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Keys;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    // Places as LLaVA, LLaMA-Factory and ms-swift write them, and as the template itself does.
    [GeneratedRegex(@"<image>|<video>|<\|vision_start\|><\|(?:image|video)_pad\|><\|vision_end\|>", RegexOptions.CultureInvariant)]
    private static partial Regex Places { get; }

    private void ReadContent(Fields turn, object? content, List<ContentPart> parts, RowMedia given, MediaPool images, MediaPool videos)
    {
        switch (content)
        {
            case null:
                break;
            case List<object?> items:
                foreach (var item in items) ReadContent(turn, item, parts, given, images, videos);
                break;
            case Dictionary<string, object?> part:
                ReadTyped(turn.At(KeyLevel.Part, part), parts, given, images, videos);
                break;
            default:
                if (Text(content) is not { } text) throw new RowException("a turn's content is not text", "write it as text or as typed parts");
                SplitAtPlaces(text, parts, images, videos);
                break;
        }
    }

    private void ReadTyped(Fields part, List<ContentPart> parts, RowMedia given, MediaPool images, MediaPool videos)
    {
        RefuseAudio(part);
        var type = ReadText(part, "type", "kind of the part");
        switch (type)
        {
            case "text" or "input_text" or "output_text":
                parts.Add(ContentPart.OfText(ReadText(part, part.First("text", "content", "value"), "text") ?? ""));
                return;
            case "image" or "image_url" or "input_image":
                if (part.First(PartImageKeys) is not { } imageKey)
                {
                    parts.Add(images.Next()); // a place for one of the row's own images
                    return;
                }
                foreach (var image in media.Images(part, imageKey, given.Row))
                {
                    parts.Add(ContentPart.OfImage(given.Images.Count));
                    given.Images.Add(image);
                }
                return;
            case "video" or "video_url":
                if (part.First(PartVideoKeys) is not { } videoKey)
                {
                    parts.Add(videos.Next());
                    return;
                }
                foreach (var source in media.Videos(part, videoKey, given.Row))
                {
                    parts.Add(ContentPart.OfVideo(given.Videos.Count));
                    given.Videos.Add(source);
                }
                return;
            default:
                throw new RowException($"a part has the type '{PathResolver.Shorten(type ?? "none")}', expected text, image, image_url or video", "use one of these types");
        }
    }

    // As Qwen's own fine-tuning scripts: blanks around a place are layout, not text.
    private static void SplitAtPlaces(string text, List<ContentPart> parts, MediaPool images, MediaPool videos)
    {
        var done = 0;
        foreach (var match in Places.EnumerateMatches(text))
        {
            AddText(text[done..match.Index]);
            var place = text.AsSpan(match.Index, match.Length);
            parts.Add(place.Contains("video", StringComparison.Ordinal) ? videos.Next() : images.Next());
            done = match.Index + match.Length;
        }
        if (done == 0) parts.Add(ContentPart.OfText(text));
        else AddText(text[done..]);

        void AddText(string piece)
        {
            piece = piece.Trim();
            if (piece.Length > 0) parts.Add(ContentPart.OfText(piece));
        }
    }

    private (RowMedia Given, MediaPool Images, MediaPool Videos) ReadMedia(Fields row, List<ImageSource>? ofRow = null)
    {
        var given = new RowMedia(row);
        if (ofRow != null) given.Images.AddRange(ofRow);
        else if (row.First(ImageKeys) is { } imageKey) given.Images.AddRange(media.Images(row, imageKey));
        if (row.First(VideoKeys) is { } videoKey) given.Videos.AddRange(media.Videos(row, videoKey));
        return (given, new MediaPool(ContentKind.Image, 0, given.Images.Count), new MediaPool(ContentKind.Video, 0, given.Videos.Count));
    }
}
