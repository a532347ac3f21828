using Litre.Data.Imaging;
using Litre.Data.Video;

namespace Litre.Data.Formats;

/// <summary>Images and videos of one row: those of the row first, then those of its turns and parts.</summary>
internal sealed class RowMedia(RowFields row)
{
    /// <summary>The row's own keys.</summary>
    public RowFields Row => row;

    public List<ImageSource> Images { get; } = [];

    public List<VideoSource> Videos { get; } = [];
}
