using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>
/// The images, or videos, that fill the placeholders of a text: all of a row, or those of one turn. Placeholders are
/// filled in order; numbered placeholders (<c>&lt;image_2&gt;</c>) name theirs.
/// </summary>
/// <param name="kind">Image or video.</param>
/// <param name="first">Index of the first one among all of the row.</param>
/// <param name="count">Their number.</param>
/// <param name="numbers">The numbers by which placeholders refer to them; null for 1, 2, 3 …</param>
internal sealed class MediaPool(ContentKind kind, int first, int count, IReadOnlyList<int>? numbers = null)
{
    private readonly HashSet<int> _named = [];
    private int _places;

    /// <summary>True if there are none.</summary>
    public bool IsEmpty => count == 0;

    private string Name => kind == ContentKind.Image ? "image" : "video";

    /// <summary>The part for the next placeholder.</summary>
    public ContentPart Next() => Part(first + _places++);

    /// <summary>The part for a numbered placeholder.</summary>
    /// <exception cref="RowException">There is none with this number.</exception>
    public ContentPart Numbered(int number, string place)
    {
        var index = numbers == null ? number - 1 : numbers.ToList().IndexOf(number);
        if (index < 0 || index >= count)
        {
            throw new RowException(
                $"the text has the placeholder {place}, but {Units.Count(count, $"{Name} is", $"{Name}s are")} given",
                $"give the {Name} of each placeholder",
                UnusableKind.Placeholder
            );
        }
        _named.Add(index);
        return Part(first + index);
    }

    /// <summary>The part for a placeholder that names a file of these, or null.</summary>
    public ContentPart? Find(IReadOnlyList<ImageSource> images, string? path)
    {
        for (var i = 0; path != null && i < count; i++)
        {
            if (!images[first + i].IsFile || images[first + i].Path != path)
                continue;
            _named.Add(i);
            return Part(first + i);
        }
        return null;
    }

    /// <summary>Parts without a placeholder in the text, which come first; none if each has one.</summary>
    /// <exception cref="RowException">Placeholders and images or videos do not match.</exception>
    public IReadOnlyList<ContentPart> Unplaced()
    {
        if (_places > 0 && _named.Count > 0)
            throw new RowException($"the text has {Name} placeholders with and without numbers", "use one kind", UnusableKind.Placeholder);
        if (_named.Count > 0 && _named.Count < count)
        {
            throw new RowException(
                $"{Units.Count(count, $"{Name} is", $"{Name}s are")} given, but the text names only {_named.Count} of them",
                $"give each {Name} a placeholder, or omit it",
                UnusableKind.Placeholder
            );
        }
        if (_named.Count > 0 || _places == count)
            return [];
        if (_places > 0)
        {
            throw new RowException(
                $"the text has {Units.Count(_places, $"<{Name}> placeholder")}, but "
                    + $"{Units.Count(count, $"{Name} is", $"{Name}s are")} given",
                $"give one {Name} for each placeholder",
                UnusableKind.Placeholder
            );
        }
        return [.. Enumerable.Range(first, count).Select(Part)];
    }

    private ContentPart Part(int index) => kind == ContentKind.Image ? ContentPart.OfImage(index) : ContentPart.OfVideo(index);
}
