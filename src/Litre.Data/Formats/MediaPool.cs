using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>
/// The images, or videos, that places in text are filled with: all of a row, or those that one turn brings. Places are
/// filled in order; numbered places (<c>&lt;image_2&gt;</c>) name theirs.
/// </summary>
/// <param name="kind">Image or video.</param>
/// <param name="first">Index of the first among all of the row.</param>
/// <param name="count">How many there are.</param>
/// <param name="numbers">The numbers by which places name them; null for 1, 2, 3 …</param>
internal sealed class MediaPool(ContentKind kind, int first, int count, IReadOnlyList<int>? numbers = null)
{
    private readonly HashSet<int> _named = [];
    private int _places;

    /// <summary>True where nothing is given.</summary>
    public bool IsEmpty => count == 0;

    private string Name => kind == ContentKind.Image ? "image" : "video";

    /// <summary>The part for the next place.</summary>
    public ContentPart Next() => Part(first + _places++);

    /// <summary>The part for a place with a number.</summary>
    /// <exception cref="RowException">Nothing has this number.</exception>
    public ContentPart Numbered(int number, string place)
    {
        var index = numbers == null ? number - 1 : numbers.ToList().IndexOf(number);
        if (index < 0 || index >= count)
        {
            throw new RowException(
                $"the text has the place {place}, but {count} {Name}{(count == 1 ? " is" : "s are")} given",
                $"give the {Name} of each place",
                UnusableKind.Placeholder
            );
        }
        _named.Add(index);
        return Part(first + index);
    }

    /// <summary>The part for a place that names a file of these, or null.</summary>
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

    /// <summary>Parts that have no place in the text and so come first; none where each has its place.</summary>
    /// <exception cref="RowException">Places and what is given do not match.</exception>
    public IReadOnlyList<ContentPart> Unplaced()
    {
        if (_places > 0 && _named.Count > 0)
            throw new RowException($"the text has {Name} places with and without numbers", "use one kind", UnusableKind.Placeholder);
        if (_named.Count > 0 && _named.Count < count)
        {
            throw new RowException(
                $"{count} {Name}s are given, but the text names only {_named.Count} of them",
                $"give each {Name} a place, or omit it",
                UnusableKind.Placeholder
            );
        }
        if (_named.Count > 0 || _places == count)
            return [];
        if (_places > 0)
        {
            throw new RowException(
                $"the text has {_places} <{Name}> place{(_places == 1 ? "" : "s")}, but {count} "
                    + $"{Name}{(count == 1 ? " is" : "s are")} given",
                $"give one {Name} for each place",
                UnusableKind.Placeholder
            );
        }
        return [.. Enumerable.Range(first, count).Select(Part)];
    }

    private ContentPart Part(int index) => kind == ContentKind.Image ? ContentPart.OfImage(index) : ContentPart.OfVideo(index);
}
