using Litre.Data.Imaging;
using Litre.Data.Samples;
using Litre.Data.Video;

namespace Litre.Data.Formats;

/// <summary>Creates sources from the images and videos of rows: paths, data URLs, embedded bytes.</summary>
internal sealed class MediaReader(PathResolver paths, EmbeddedImages embedded)
{
    private const int ShortestBase64 = 128;
    private static readonly char[] Separators = ['\n', ',', ';', '|', ' ', '，', '；', '、'];
    private const string Shortened =
        "the file is found only without the leading folders of its path; give the folder that paths start from "
        + "(`image-root`) to be certain which file is meant";

    /// <summary>The images of a key: one, or a list of them.</summary>
    /// <exception cref="RowException">One is missing or in an unknown format; the key is named as the reason.</exception>
    /// <param name="fields">The object that has the key.</param>
    /// <param name="key">The key.</param>
    /// <param name="row">The row, whose settings apply if the object has none; null if the object is the row.</param>
    public IReadOnlyList<ImageSource> Images(RowFields fields, string key, RowFields? row = null)
    {
        var settings = new SettingsReader(row == null ? [fields] : [fields, row]);
        return fields.ReadValue(key, () => Images(fields.Use(key, "images"), settings, fields, key).ToList());
    }

    /// <summary>The videos of a key: a file, a folder of frames, a list of frames, or several of them.</summary>
    /// <exception cref="RowException">One is missing or in an unknown format; the key is named as the reason.</exception>
    /// <param name="fields">The object that has the key.</param>
    /// <param name="key">The key.</param>
    /// <param name="row">The row, whose settings apply if the object has none; null if the object is the row.</param>
    public IReadOnlyList<VideoSource> Videos(RowFields fields, string key, RowFields? row = null)
    {
        var settings = new SettingsReader(row == null ? [fields] : [fields, row]);
        return fields.ReadValue(key, () => Videos(fields.Use(key, "videos"), settings, fields, key).ToList());
    }

    /// <summary>The image of a path in a text.</summary>
    /// <exception cref="RowException">It does not exist.</exception>
    public ImageSource Named(string path, RowFields row) =>
        Image(path, row) with
        {
            Settings = new SettingsReader([row]).Pixels(isVideo: false),
        };

    private IEnumerable<ImageSource> Images(object? value, SettingsReader? settings, RowFields fields, string key)
    {
        switch (value)
        {
            case null or "":
                yield break;
            case string text when text.StartsWith('[') && text.EndsWith(']'):
                var list = JsonTree.Parse(System.Text.Encoding.UTF8.GetBytes(text), fields.Origin.Line);
                if (list.Value is not List<object?>)
                    throw new RowException(
                        $"the list of images '{PathResolver.Shorten(text)}' is not JSON",
                        "write [\"a.png\", \"b.png\"]",
                        UnusableKind.Media
                    );
                foreach (var image in Images(list.Value, settings, fields, key))
                    yield return image;
                break;
            case string text when SeveralPaths(text) is { } several:
                foreach (var one in several)
                    yield return Image(one, fields) with
                    {
                        Settings = settings?.Pixels(isVideo: false),
                    };
                break;
            case string text:
                yield return Image(text, fields) with
                {
                    Settings = settings?.Pixels(isVideo: false),
                };
                break;
            case byte[] bytes:
                yield return embedded.Add(fields.Origin.ToString(), bytes) with
                {
                    Settings = settings?.Pixels(isVideo: false),
                };
                break;
            case List<object?> items:
                foreach (var item in items)
                foreach (var image in Images(item, settings, fields, key))
                    yield return image;
                break;
            case Dictionary<string, object?> map:
                var described = fields.ForObject(key, map);
                yield return Described(described) with
                {
                    Settings = settings?.ForObject(described).Pixels(isVideo: false),
                };
                break;
            default:
                throw new RowException(
                    $"an image is given as {Name(value)}, expected a path, a data URL or embedded bytes",
                    "correct the row",
                    UnusableKind.Media
                );
        }
    }

    private IEnumerable<VideoSource> Videos(object? value, SettingsReader settings, RowFields fields, string key)
    {
        switch (value)
        {
            case null or "":
                return [];
            case string path:
                return [Video(path, settings, fields)];
            case List<object?> items when items.Count > 0 && items.All(i => i is string s && FileKind.NamesImage(s)):
                return
                [
                    new VideoSource($"{fields.Origin} (frames)", null, [.. items.SelectMany(i => Images(i, null, fields, key))])
                    {
                        Settings = settings.Video(isFile: false),
                    },
                ];
            case List<object?> items:
                return items.SelectMany(i => Videos(i, settings, fields, key));
            case Dictionary<string, object?> map:
                var described = fields.ForObject(key, map);
                var inner =
                    described.First("video", "path", "url")
                    ?? throw new RowException(
                        $"a video has the keys {described}, expected path or url",
                        "correct the row",
                        UnusableKind.Media
                    );
                return Videos(described.Use(inner, "video"), settings.ForObject(described), described, inner);
            default:
                throw new RowException(
                    $"a video is given as {Name(value)}, expected a file or a folder of frames",
                    "correct the row",
                    UnusableKind.Media
                );
        }
    }

    private ImageSource Described(RowFields image)
    {
        if (image.Peek("bytes") is byte[] bytes)
        {
            image.Use("bytes", "embedded image");
            return embedded.Add(Named(image), bytes);
        }
        foreach (var key in (string[])["path", "url", "image", "image_url", "file_name", "bytes", "data"])
        {
            switch (image.Peek(key))
            {
                case string text when key is "bytes" or "data" && !text.StartsWith("data:", StringComparison.Ordinal):
                    image.Use(key, "embedded image");
                    if (key == "data")
                        foreach (var said in (string[])["type", "media_type"])
                            image.Use(said, "format of the embedded image"); // Anthropic's source
                    return embedded.Add(Named(image), FromBase64(text));
                case string text:
                    image.Use(key, "image");
                    return Image(text, image);
                case Dictionary<string, object?> inner when key is "image_url" or "image":
                    image.Use(key, "image");
                    return Described(image.ForObject(key, inner));
            }
        }
        throw new RowException($"an image has the keys {image}, expected path, url or bytes", "correct the row", UnusableKind.Media);
    }

    private static string Named(RowFields image) =>
        image.Use("path", "name of the embedded image") is string path ? $"{image.Origin} ({path})" : image.Origin.ToString();

    /// <summary>The image of a path or a data URL.</summary>
    /// <exception cref="RowException">It does not exist.</exception>
    public ImageSource Image(string text, RowFields fields)
    {
        var image = Image(text, fields.Origin, out var isShortened);
        if (isShortened)
            fields.Warn(Shortened);
        return image;
    }

    private ImageSource Image(string text, SampleOrigin origin, out bool isShortened)
    {
        isShortened = false;
        if (!text.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
            return BareBase64(text) is { } bare
                ? embedded.Add(origin.ToString(), bare)
                : ImageSource.FromFile(paths.Resolve(text, origin.File, out isShortened));
        var comma = text.IndexOf(',');
        if (comma < 0 || !text.AsSpan(0, comma).EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
            throw new RowException("a data URL is not in base64", "write data:image/png;base64,…", UnusableKind.Media);
        return embedded.Add(origin.ToString(), FromBase64(text[(comma + 1)..]));
    }

    /// <summary>
    /// The first image in the value of an unknown key: embedded bytes, or the name of an existing file; null for
    /// none.
    /// </summary>
    public ImageSource? HeldImage(object? value, SampleOrigin origin)
    {
        switch (value)
        {
            case byte[] bytes when FileKind.IsImage(bytes):
                return ImageSource.FromBytes(origin.ToString(), bytes);
            case string text when text.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase):
                return Image(text, origin, out _);
            case string text when BareBase64(text) is { } bare:
                return ImageSource.FromBytes(origin.ToString(), bare);
            case string text when FileKind.NamesImage(text) && !text.Contains("://", StringComparison.Ordinal):
                try
                {
                    return Image(text, origin, out _);
                }
                catch (RowException)
                {
                    return null; // only a name
                }
            case List<object?> items:
                return items.Take(16).Select(i => HeldImage(i, origin)).FirstOrDefault(i => i != null);
            case Dictionary<string, object?> map:
                return map.Values.Select(i => HeldImage(i, origin)).FirstOrDefault(i => i != null);
            default:
                return null;
        }
    }

    // Cells of tables may contain "a.png,b.png"; each part must name an image, so that a name may contain a comma or a space.
    private static string[]? SeveralPaths(string text)
    {
        if (text.StartsWith("data:", StringComparison.OrdinalIgnoreCase) || !FileKind.NamesImage(text.TrimEnd()))
            return null;
        foreach (var separator in Separators)
        {
            var parts = text.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (parts.Length > 1 && parts.All(FileKind.NamesImage))
                return parts;
        }
        return null;
    }

    // Tables such as MMBench's contain images as plain base64.
    private static byte[]? BareBase64(string text)
    {
        if (text.Length < ShortestBase64 || text.AsSpan(0, 64).ContainsAny('.', ' ', '\\'))
            return null;
        var head = new byte[48];
        if (!Convert.TryFromBase64Chars(text.AsSpan(0, 64), head, out var count) || !FileKind.IsImage(head.AsSpan(0, count)))
            return null;
        return FromBase64(text);
    }

    private VideoSource Video(string path, SettingsReader settings, RowFields fields)
    {
        var found = paths.Resolve(path, fields.Origin.File, out var isShortened, folderAllowed: true);
        if (isShortened)
            fields.Warn(Shortened);
        if (!Directory.Exists(found))
            return new VideoSource(found, found, []) { Settings = settings.Video(isFile: true) };
        var frames = Directory
            .EnumerateFiles(found)
            .Where(FileKind.IsImage)
            .Order(NaturalOrder.Instance)
            .Select(ImageSource.FromFile)
            .ToList();
        if (frames.Count == 0)
            throw new RowException(
                $"the video folder '{PathResolver.Shorten(path)}' contains no images",
                "put its frames there as PNG or JPEG, named in order",
                UnusableKind.Media
            );
        return new VideoSource(found, null, frames) { Settings = settings.Video(isFile: false) };
    }

    private static byte[] FromBase64(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw new RowException("an embedded image is not base64", "encode the image again", UnusableKind.Media);
        }
    }

    private static string Name(object value) =>
        value switch
        {
            double or JsonNumber => "a number",
            bool => "true or false",
            _ => value.GetType().Name,
        };
}
