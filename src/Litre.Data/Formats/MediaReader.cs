using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>Turns what rows say about pictures and videos into sources: paths, data URLs, embedded bytes.</summary>
internal sealed class MediaReader(PathResolver paths, EmbeddedImages embedded)
{
    /// <summary>One picture or a list of them; nothing for null and empty text.</summary>
    public IEnumerable<ImageSource> Images(object? value, SampleOrigin origin)
    {
        switch (value)
        {
            case null or "":
                yield break;
            case string text when text.StartsWith('[') && text.EndsWith(']'):
                var list = JsonTree.Parse(System.Text.Encoding.UTF8.GetBytes(text), origin.Line);
                if (list.Value is not List<object?>) throw new RowException($"the list of pictures '{PathResolver.Shorten(text)}' is no JSON", "write [\"a.png\", \"b.png\"]", UnusableKind.Media);
                foreach (var image in Images(list.Value, origin)) yield return image;
                break;
            case string text:
                yield return Image(text, origin);
                break;
            case byte[] bytes:
                yield return embedded.Add(origin.ToString(), bytes);
                break;
            case List<object?> items:
                foreach (var item in items)
                    foreach (var image in Images(item, origin))
                        yield return image;
                break;
            case Dictionary<string, object?> map:
                yield return Described(map, origin);
                break;
            default:
                throw new RowException($"a picture is given as {Name(value)}, expected a path, a data URL or embedded bytes", "correct the row", UnusableKind.Media);
        }
    }

    /// <summary>One video or a list: a file, a folder of frames, a list of frames.</summary>
    public IEnumerable<VideoSource> Videos(object? value, double? framesPerSecond, SampleOrigin origin)
    {
        switch (value)
        {
            case null or "":
                return [];
            case string path:
                return [Video(path, framesPerSecond, origin)];
            case List<object?> items when items.Count > 0 && items.All(i => i is string s && FileKind.NamesImage(s)):
                return [new VideoSource($"{origin} (frames)", null, [.. items.SelectMany(i => Images(i, origin))], framesPerSecond)];
            case List<object?> items:
                return items.SelectMany(i => Videos(i, framesPerSecond, origin));
            case Dictionary<string, object?> map:
                return Videos(map.GetValueOrDefault("video") ?? map.GetValueOrDefault("path") ?? map.GetValueOrDefault("url"), Fps(map) ?? framesPerSecond, origin);
            default:
                throw new RowException($"a video is given as {Name(value)}, expected a file or a folder of frames", "correct the row", UnusableKind.Media);
        }
    }

    /// <summary>The rate that a row gives for its frames, where it gives a sensible one.</summary>
    public static double? Fps(Dictionary<string, object?> map)
    {
        var rate = RowParser.Number(map.GetValueOrDefault("sample_fps") ?? map.GetValueOrDefault("fps"));
        return rate is > 0 and <= 1000 ? rate : null;
    }

    private ImageSource Described(Dictionary<string, object?> map, SampleOrigin origin)
    {
        if (map.GetValueOrDefault("bytes") is byte[] bytes) return embedded.Add(Named(map, origin), bytes);
        foreach (var key in (string[])["path", "url", "image", "image_url", "file_name", "bytes"])
        {
            if (map.GetValueOrDefault(key) is string text and not "")
                return key == "bytes" ? embedded.Add(Named(map, origin), FromBase64(text)) : Image(text, origin);
            if (key is "image_url" or "image" && map.GetValueOrDefault(key) is Dictionary<string, object?> inner) return Described(inner, origin);
        }
        throw new RowException($"a picture has the keys {RowParser.Keys(map)}, expected path, url or bytes", "correct the row", UnusableKind.Media);
    }

    private static string Named(Dictionary<string, object?> map, SampleOrigin origin) =>
        map.GetValueOrDefault("path") is string path and not "" ? $"{origin} ({path})" : origin.ToString();

    private ImageSource Image(string text, SampleOrigin origin)
    {
        if (!text.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
            return ImageSource.FromFile(paths.Resolve(text, origin.File));
        var comma = text.IndexOf(',');
        if (comma < 0 || !text.AsSpan(0, comma).EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
            throw new RowException("a data URL is not in base64", "write data:image/png;base64,…", UnusableKind.Media);
        return embedded.Add(origin.ToString(), FromBase64(text[(comma + 1)..]));
    }

    private VideoSource Video(string path, double? framesPerSecond, SampleOrigin origin)
    {
        var found = paths.Resolve(path, origin.File, folderAllowed: true);
        if (!Directory.Exists(found)) return new VideoSource(found, found, [], framesPerSecond);
        var frames = Directory.EnumerateFiles(found).Where(FileKind.IsImage).Order(NaturalOrder.Instance).Select(ImageSource.FromFile).ToList();
        if (frames.Count == 0)
            throw new RowException($"the video folder '{PathResolver.Shorten(path)}' holds no images", "put its frames there as PNG or JPEG, named in order", UnusableKind.Media);
        return new VideoSource(found, null, frames, framesPerSecond);
    }

    private static byte[] FromBase64(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw new RowException("an embedded picture is no base64", "write the row again", UnusableKind.Media);
        }
    }

    private static string Name(object value) => value switch
    {
        double or JsonNumber => "a number",
        bool => "true or false",
        _ => value.GetType().Name,
    };
}
