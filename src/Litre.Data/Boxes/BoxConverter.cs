using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;

namespace Litre.Data.Boxes;

/// <summary>Converts boxes and points of a conversation to the model's scale of 0 to 1000.</summary>
/// <param name="scale">The data's scale.</param>
/// <param name="size">The size in pixels of the image that the row's boxes refer to; not used for fractions.</param>
internal sealed class BoxConverter(BoxScale scale, (int Width, int Height) size)
{
    // Annotation tools round, and some count the far edge as a pixel.
    private const double Beyond = 2;

    /// <summary>Checks the sizes of a row's images, which must be equal: otherwise it is unclear which image a box refers to.</summary>
    /// <exception cref="InputException">There is none, there are several sizes, or one cannot be read.</exception>
    public static BoxConverter Of(BoxScale scale, IReadOnlyList<ImageSource> images, ImageLimits limits)
    {
        if (scale != BoxScale.Pixels)
            return new BoxConverter(scale, (1, 1));
        var sizes = images.Select(i => ImageDecoder.ReadSize(i, limits)).Distinct().ToList();
        return sizes.Count switch
        {
            1 => new BoxConverter(scale, sizes[0]),
            0 => throw new InputException(
                "the row has boxes in pixels but no image that they could refer to; give the image, or omit `boxes`"
            ),
            _ => throw new InputException(
                $"the row has boxes in pixels and {images.Count} images of different sizes "
                    + $"({string.Join(", ", sizes.Take(3).Select(s => $"{s.Width}x{s.Height}"))}), "
                    + "so it is unclear which one they refer to; convert them to 0 to 1000 first"
            ),
        };
    }

    /// <summary>True if a text contains boxes or points.</summary>
    public static bool Has(string text) => WrittenBoxes.Find(text).Any();

    /// <summary>The message with its texts converted.</summary>
    /// <exception cref="InputException">A coordinate is not on the stated scale of the data.</exception>
    public Message Convert(Message message) =>
        message with
        {
            Parts = [.. message.Parts.Select(p => p.Kind == ContentKind.Text ? ContentPart.OfText(Convert(p.Text)) : p)],
            ToolCalls = [.. message.ToolCalls.Select(c => c with { Arguments = Convert(c.Arguments) })],
            Thought = message.Thought is { } thought ? Convert(thought) : null,
        };

    /// <summary>The text with its boxes converted.</summary>
    /// <exception cref="InputException">A coordinate is not on the stated scale of the data.</exception>
    public string Convert(string text) =>
        WrittenBoxes.Map(
            text,
            (value, horizontal) =>
            {
                var side =
                    scale == BoxScale.Fractions ? 1
                    : horizontal ? size.Width
                    : size.Height;
                if (
                    value < -Beyond * side / 1000 - (scale == BoxScale.Pixels ? Beyond : 0)
                    || value > side * (1 + Beyond / 1000) + (scale == BoxScale.Pixels ? Beyond : 0)
                )
                {
                    throw new InputException(
                        scale == BoxScale.Fractions
                            ? $"a coordinate is {value}, which is not a fraction from 0 to 1; name the data's scale with `boxes`"
                            : $"a coordinate is {value}, beyond the image's {size.Width}x{size.Height} pixels; the "
                                + "boxes are not in pixels of this image, name their scale with `boxes`"
                    );
                }
                return (int)Math.Clamp(Math.Round(value / side * 1000, MidpointRounding.AwayFromZero), 0, 1000);
            }
        );
}
