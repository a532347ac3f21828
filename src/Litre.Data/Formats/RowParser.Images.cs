using System.Globalization;
using System.Text.RegularExpressions;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;
using Litre.Data.Video;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    [GeneratedRegex(@"\A(?:image|img)[_ ]?(\d{1,3})\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NumberedImageKey { get; }

    /// <summary>Adds the images and videos of the keys of a row, or of a turn, after those already added.</summary>
    private (MediaPool Images, MediaPool Videos) ReadMedia(RowFields fields, RowMedia media)
    {
        var row = fields == media.Row ? null : media.Row;
        var (images, numbers) = KeyedImages(fields, ImageKeys, row);
        var (image, video) = (media.Images.Count, media.Videos.Count);
        media.Images.AddRange(images);
        media.Videos.AddRange(KeyedVideos(fields, row));
        return (
            new MediaPool(ContentKind.Image, image, images.Count, numbers),
            new MediaPool(ContentKind.Video, video, media.Videos.Count - video)
        );
    }

    /// <summary>
    /// The images of an object with several keys for them. Keys that give the same images agree; a path that does not exist
    /// is only a name if another key gives an image; keys that give different images leave their order ambiguous.
    /// </summary>
    private (IReadOnlyList<ImageSource> Images, IReadOnlyList<int>? Numbers) KeyedImages(RowFields fields, string[] keys, RowFields? row)
    {
        var (sources, failures) = (
            new List<(string Key, IReadOnlyList<ImageSource> Images, IReadOnlyList<int>? Numbers)>(),
            new List<(string Key, RowException Failure)>()
        );
        if (Numbered(fields) is { Count: > 0 } numbered)
        {
            var read = numbered.Select(n => (n.Number, Images: media.Images(fields, n.Key, row))).ToList();
            if (read.FirstOrDefault(r => r.Images.Count != 1) is { Images: { } several } odd)
                throw fields.Refuse(
                    numbered[0].Key,
                    $"image number {odd.Number} contains {several.Count} images, expected one",
                    "give one image for each number",
                    UnusableKind.Media
                );
            sources.Add((numbered[0].Key, [.. read.SelectMany(r => r.Images)], [.. read.Select(r => r.Number)]));
        }
        foreach (var key in keys.Where(fields.Has))
        {
            try
            {
                sources.Add((key, media.Images(fields, key, row), null));
            }
            catch (RowException e) when (keys.Count(fields.Has) + sources.Count > 1)
            {
                failures.Add((key, e));
            }
        }
        sources.RemoveAll(s => s.Images.Count == 0);
        if (sources.Count == 0)
            return failures.Count > 0 ? throw failures[0].Failure : ([], null);
        var main = sources.MaxBy(s => s.Images.Count);
        foreach (var (key, _) in failures)
        {
            fields.Ignore(key, $"it names no existing image; '{main.Key}' gives the images");
            fields.Warn($"'{key}' names no existing image and is ignored, since '{main.Key}' gives the images");
        }
        foreach (var (key, images, _) in sources.Where(s => s.Key != main.Key))
        {
            if (images.All(i => main.Images.Any(m => IsSameImage(i, m))))
                continue;
            throw fields.Refuse(
                key,
                $"'{main.Key}' and '{key}' give different images, so their order is ambiguous",
                "put all of them into one list, 'images', in the order of their placeholders",
                UnusableKind.Media
            );
        }
        return (main.Images, main.Numbers);
    }

    private List<VideoSource> KeyedVideos(RowFields fields, RowFields? row)
    {
        var (videos, first) = (new List<VideoSource>(), "");
        foreach (var key in VideoKeys.Where(fields.Has))
        {
            var read = media.Videos(fields, key, row);
            if (first.Length == 0)
                (videos, first) = ([.. read], key);
            else if (!read.All(r => videos.Any(v => v.File != null && v.File == r.File)))
                throw fields.Refuse(
                    key,
                    $"'{first}' and '{key}' give different videos, so their order is ambiguous",
                    "put all of them into one list, 'videos', in the order of their placeholders",
                    UnusableKind.Media
                );
        }
        return videos;
    }

    private static List<(string Key, int Number)> Numbered(RowFields fields) =>
        [
            .. fields
                .Keys.Select(k => (Key: k, Match: NumberedImageKey.Match(k.Trim())))
                .Where(k => k.Match.Success)
                .Select(k => (k.Key, int.Parse(k.Match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)))
                .OrderBy(k => k.Item2),
        ];

    private static bool IsSameImage(ImageSource one, ImageSource other)
    {
        if (one.IsFile && other.IsFile && one.Path == other.Path)
            return true;
        try
        {
            return ImageSource.ContentHash(one.ReadBytes(ImageLimits.Default))
                == ImageSource.ContentHash(other.ReadBytes(ImageLimits.Default));
        }
        catch (InputException)
        {
            return false; // reported where the image is decoded
        }
    }

    /// <summary>An image under an unknown key would be lost: the row is refused with the key's name.</summary>
    private void RefuseUnreadImages(RowNotes notes, Sample sample)
    {
        foreach (var (fields, key, value) in notes.Unread)
        {
            if (media.HeldImage(value, notes.Origin) is not { } held)
                continue;
            if (sample.Images.Any(i => IsSameImage(i, held)))
                fields.Ignore(key, "it names an image that the sample shows");
            else
                throw fields.Refuse(
                    key,
                    $"'{key}' contains an image, but is not a known name for images",
                    "rename it to image (or image_1, image_2 … for several), or omit it",
                    UnusableKind.Media
                );
        }
    }
}
