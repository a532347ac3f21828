using System.Text.RegularExpressions;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    private static readonly string[] ImageKeys = ["images", "image", "image_path", "image_paths", "img", "image_file", "imgname"];
    private static readonly string[] VideoKeys = ["videos", "video", "video_path"];

    // Places as LLaVA, LLaMA-Factory and ms-swift write them, and as the template itself does.
    [GeneratedRegex(@"<image>|<video>|<\|vision_start\|><\|(?:image|video)_pad\|><\|vision_end\|>", RegexOptions.CultureInvariant)]
    private static partial Regex Places { get; }

    private Sample Conversation(Dictionary<string, object?> map, object turns, SampleOrigin origin)
    {
        // Parquet and CSV often hold the conversation as JSON text.
        if (turns is string json) turns = JsonTree.Parse(System.Text.Encoding.UTF8.GetBytes(json), origin.Line).Value ?? turns;
        if (turns is not List<object?> list)
            throw new RowException("the conversation is no list", "write [{\"role\": \"user\", \"content\": …}, …]");
        var images = media.Images(First(map, ImageKeys), origin).ToList();
        var videos = media.Videos(First(map, VideoKeys), MediaReader.Fps(map), origin).ToList();
        var (givenImages, givenVideos) = (images.Count, videos.Count);
        var messages = new List<Message>();
        if (Text(map.GetValueOrDefault("system")) is { Length: > 0 } system) messages.Add(Message.Of(Role.System, system));
        var places = new Counter();
        foreach (var turn in list)
        {
            if (turn is not Dictionary<string, object?> message)
                throw new RowException("a turn is no object", "write {\"role\": \"user\", \"content\": …}");
            var role = ReadRole(message);
            var carriesLoss = message.GetValueOrDefault("loss") is not false && Number(message.GetValueOrDefault("loss")) is not 0;
            var content = First(message, ["content", "value", "text"]);
            if (Text(message.GetValueOrDefault("role") ?? message.GetValueOrDefault("from")) is { } named && IsCallTurn(named))
            {
                AddCallTurn(messages, named, content, carriesLoss);
                continue;
            }
            var parts = new List<ContentPart>();
            ReadContent(content, parts, images, videos, places, origin);
            messages.Add(WithCalls(new Message(role, parts) { CarriesLoss = carriesLoss }, message));
        }
        Place(messages, ContentKind.Image, places.Images, givenImages);
        Place(messages, ContentKind.Video, places.Videos, givenVideos);
        return Finish(map, origin, messages, images, videos);
    }

    private static Role ReadRole(Dictionary<string, object?> message)
    {
        var name = Text(message.GetValueOrDefault("role") ?? message.GetValueOrDefault("from"));
        return name?.ToLowerInvariant() switch
        {
            "user" or "human" => Role.User,
            "assistant" or "gpt" or "model" or "bot" or "function_call" or "tool_call" => Role.Assistant,
            "system" => Role.System,
            "tool" or "observation" or "function_response" or "tool_response" => Role.Tool,
            null => throw new RowException($"a turn has the keys {Keys(message)}, expected role and content (or from and value)", "name the fields so"),
            _ => throw new RowException($"a turn is of '{PathResolver.Shorten(name)}', expected user, assistant, system or tool", "use one of these roles"),
        };
    }

    private void ReadContent(
        object? content, List<ContentPart> parts, List<ImageSource> images, List<VideoSource> videos, Counter places, SampleOrigin origin)
    {
        switch (content)
        {
            case null:
                break;
            case List<object?> items:
                foreach (var item in items) ReadContent(item, parts, images, videos, places, origin);
                break;
            case Dictionary<string, object?> part:
                ReadTyped(part, parts, images, videos, places, origin);
                break;
            default:
                if (Text(content) is not { } text) throw new RowException("a turn's content is no text", "write it as text or as typed parts");
                SplitAtPlaces(text, parts, places);
                break;
        }
    }

    private void ReadTyped(
        Dictionary<string, object?> part, List<ContentPart> parts, List<ImageSource> images, List<VideoSource> videos, Counter places, SampleOrigin origin)
    {
        var type = Text(part.GetValueOrDefault("type"));
        switch (type)
        {
            case "text" or "input_text" or "output_text":
                parts.Add(ContentPart.OfText(Text(part.GetValueOrDefault("text") ?? part.GetValueOrDefault("content")) ?? ""));
                return;
            case "image" or "image_url" or "input_image":
                // Parquet fills keys of other parts with null; only what is there counts.
                var picture = First(part, ["image", "image_url", "url", "path", "bytes", "source"]);
                if (picture == null)
                {
                    parts.Add(ContentPart.OfImage(places.Images++)); // a place for one of the row's own images
                    return;
                }
                foreach (var image in media.Images(picture, origin))
                {
                    parts.Add(ContentPart.OfImage(images.Count));
                    images.Add(image);
                }
                return;
            case "video" or "video_url":
                var video = First(part, ["video", "video_url", "url", "path"]);
                if (video == null)
                {
                    parts.Add(ContentPart.OfVideo(places.Videos++));
                    return;
                }
                foreach (var source in media.Videos(video, MediaReader.Fps(part), origin))
                {
                    parts.Add(ContentPart.OfVideo(videos.Count));
                    videos.Add(source);
                }
                return;
            default:
                throw new RowException($"a part has the type '{PathResolver.Shorten(type ?? "none")}', expected text, image, image_url or video", "use one of these types");
        }
    }

    // As Qwen's own fine-tuning scripts: blanks around a place are layout, not text.
    private static void SplitAtPlaces(string text, List<ContentPart> parts, Counter places)
    {
        var done = 0;
        foreach (var match in Places.EnumerateMatches(text))
        {
            AddText(text[done..match.Index]);
            var place = text.AsSpan(match.Index, match.Length);
            parts.Add(place.Contains("video", StringComparison.Ordinal) ? ContentPart.OfVideo(places.Videos++) : ContentPart.OfImage(places.Images++));
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

    // Pictures without any place stand before the first question, as everywhere in the field; any other difference is an error.
    private static void Place(List<Message> messages, ContentKind kind, int places, int given)
    {
        var name = kind == ContentKind.Image ? "image" : "video";
        if (places == given) return;
        if (places > 0)
        {
            throw new RowException($"the text has {places} <{name}> place{(places == 1 ? "" : "s")}, but {given} {name}{(given == 1 ? " is" : "s are")} given",
                $"give one {name} for each place", UnusableKind.Placeholder);
        }
        var first = messages.FindIndex(m => m.Role == Role.User);
        if (first < 0) return;
        var parts = Enumerable.Range(0, given).Select(i => new ContentPart(kind, "", i)).Concat(messages[first].Parts);
        messages[first] = messages[first] with { Parts = [.. parts] };
    }

    private sealed class Counter
    {
        public int Images { get; set; }

        public int Videos { get; set; }
    }
}
