using System.Globalization;
using System.Text.RegularExpressions;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    private const string Reference = "<ref-object>";
    private const double Tolerance = 0.005; // of a side: tolerance for rounding and boxes drawn onto the edge

    [GeneratedRegex("<ref-object>|<bbox>", RegexOptions.CultureInvariant)]
    private static partial Regex ObjectPlaces { get; }

    /// <summary>
    /// Fills <c>&lt;ref-object&gt;</c> and <c>&lt;bbox&gt;</c> from the row's <c>objects</c> (ms-swift), boxes in the model's format:
    /// <c>[x1, y1, x2, y2]</c> on a scale of 0 to 1000. True if anything was filled.
    /// </summary>
    private static bool FillObjects(RowFields row, List<Message> messages, IReadOnlyList<ImageSource> images)
    {
        var places = messages.SelectMany(m => m.Parts).SelectMany(p => ObjectPlaces.Matches(p.Text)).ToList();
        var (names, boxes) = (places.Count(p => p.Value == Reference), places.Count(p => p.Value != Reference));
        if (!row.Has("objects"))
        {
            return places.Count == 0
                ? false
                : throw new RowException(
                    $"the text has {places[0].Value} placeholders, but the row has no 'objects' to fill them",
                    "give objects, or write names and boxes into the text",
                    UnusableKind.Placeholder
                );
        }
        var objects = row.ReadValue("objects", () => ReadObjects(row));
        if (places.Count == 0 && objects.References.Count == 0)
        {
            row.Ignore("objects", "the text has no <bbox> or <ref-object>");
            return false;
        }
        if (names != objects.References.Count || boxes != objects.Boxes.Count)
        {
            throw row.Refuse(
                "objects",
                $"the text has {names} {Reference} and {boxes} <bbox> placeholders, but objects give "
                    + $"{objects.References.Count} names and {objects.Boxes.Count} boxes",
                "give one name or box for each placeholder",
                UnusableKind.Placeholder
            );
        }
        var written = row.ReadValue("objects", () => objects.Boxes.Select(b => BoxText(b, images)).ToList());
        var (name, box) = (0, 0);
        for (var i = 0; i < messages.Count; i++)
        {
            if (!messages[i].Parts.Any(p => ObjectPlaces.IsMatch(p.Text)))
                continue;
            messages[i] = messages[i] with
            {
                Parts =
                [
                    .. messages[i]
                        .Parts.Select(p =>
                            p.Kind == ContentKind.Text
                                ? ContentPart.OfText(
                                    ObjectPlaces.Replace(p.Text, m => m.Value == Reference ? objects.References[name++] : written[box++])
                                )
                                : p
                        ),
                ],
            };
        }
        return places.Count > 0;
    }

    private static (List<string> References, List<ObjectBox> Boxes) ReadObjects(RowFields row)
    {
        var (references, boxes) = (new List<string>(), new List<ObjectBox>());
        switch (Parsed(row.Use("objects", "names and boxes for the placeholders of the text")))
        {
            case Dictionary<string, object?> map:
                var objects = row.ForObject("objects", map);
                foreach (var item in ListOf(objects.Use("ref", "names")))
                    references.Add(Text(item) ?? throw new RowException("a name in objects is not text", "write ref as a list of strings"));
                var type = BoxType(objects);
                var (ids, widths, heights) = (
                    ListOf(objects.Use("image_id", "image of each box")),
                    ListOf(objects.Use("width", "width of the images")),
                    ListOf(objects.Use("height", "height of the images"))
                );
                var given = objects.Use("bbox", "boxes");
                foreach (var box in AsBoxes(given))
                {
                    var image = boxes.Count < ids.Count ? Index(ids[boxes.Count]) : 0;
                    boxes.Add(new ObjectBox(box, type, image, Size(widths, image), Size(heights, image)));
                }
                break;
            case List<object?> items: // the older format of ms-swift
                foreach (var item in items)
                {
                    if (item is not Dictionary<string, object?> entry)
                        throw new RowException(
                            "an entry of objects is not a JSON object",
                            "write {\"caption\": …, \"bbox\": [x1, y1, x2, y2]}"
                        );
                    var one = row.ForObject("objects", entry);
                    if (Text(one.UseFirst("names", "caption", "ref", "label")) is { } caption)
                        references.Add(caption);
                    foreach (var box in AsBoxes(one.Use("bbox", "boxes")))
                        boxes.Add(
                            new ObjectBox(
                                box,
                                BoxType(one),
                                Index(one.UseFirst("image of each box", "image", "image_id")),
                                Number(one.Use("width", "width of the images")),
                                Number(one.Use("height", "height of the images"))
                            )
                        );
                }
                break;
            default:
                throw new RowException(
                    "'objects' is not an object with ref and bbox",
                    "write {\"ref\": […], \"bbox\": [[x1, y1, x2, y2], …]}"
                );
        }
        return (references, boxes);
    }

    private static string BoxType(RowFields objects) =>
        (Text(objects.Use("bbox_type", "scale of the boxes")) ?? "real") switch
        {
            "real" or "none" => "real",
            "norm1" => "norm1",
            "norm1000" => "norm1000",
            var other => throw objects.Refuse(
                "bbox_type",
                $"bbox_type '{PathResolver.Shorten(other)}' is not known",
                "write real (pixels), norm1 (0 to 1) or norm1000 (0 to 1000)"
            ),
        };

    // One box or point, or a list of them.
    private static IEnumerable<double[]> AsBoxes(object? value)
    {
        var list = ListOf(value);
        if (list.Count > 0 && list.All(i => Number(i) != null))
            list = [list];
        foreach (var item in list)
        {
            var numbers = ListOf(item).Select(Number).ToArray();
            if (numbers.Length is not (2 or 4) || numbers.Contains(null))
                throw new RowException("a box in objects does not have 4 numbers (or 2 for a point)", "write [x1, y1, x2, y2] or [x, y]");
            yield return [.. numbers.Select(n => n!.Value)];
        }
    }

    private static List<object?> ListOf(object? value) =>
        value switch
        {
            null => [],
            List<object?> list => list,
            _ => [value],
        };

    private static int Index(object? value) =>
        value == null ? 0
        : Number(value) is { } number and >= 0 and < 10000 && number == Math.Floor(number) ? (int)number
        : throw new RowException("an image of objects is not given by its number", "write image_id as numbers from 0");

    private static double? Size(List<object?> sizes, int image) =>
        sizes.Count == 0 ? null : Number(sizes[sizes.Count == 1 ? 0 : Math.Min(image, sizes.Count - 1)]);

    private static string BoxText(ObjectBox box, IReadOnlyList<ImageSource> images)
    {
        if (box.Image >= images.Count)
            throw new RowException(
                $"objects name image {box.Image}, but {Units.Count(images.Count, "image is", "images are")} given, counted from 0",
                "correct image_id",
                UnusableKind.Placeholder
            );
        var (width, height) = box.Type switch
        {
            "norm1" => (1, 1),
            "norm1000" => (1000, 1000),
            _ => box is { Width: { } w and > 0, Height: { } h and > 0 } ? (w, h) : SizeOf(images[box.Image]),
        };
        var scaled = box.Numbers.Select((n, i) => Scaled(n, i % 2 == 0 ? width : height).ToString(CultureInfo.InvariantCulture));
        return $"[{string.Join(", ", scaled)}]";

        int Scaled(double value, double side)
        {
            var share = value / side;
            if (!(share >= -Tolerance && share <= 1 + Tolerance))
            {
                throw new RowException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"a box in objects has {value}, which is outside its image ({box.Type}, {width} x {height})"
                    ),
                    "correct the box, or bbox_type: real (pixels), norm1 (0 to 1) or norm1000"
                );
            }
            return (int)Math.Round(Math.Clamp(share, 0, 1) * 1000, MidpointRounding.AwayFromZero);
        }
    }

    private static (double Width, double Height) SizeOf(ImageSource image)
    {
        try
        {
            var (width, height) = ImageDecoder.ReadSize(image, ImageLimits.Default);
            return (width, height);
        }
        catch (InputException e)
        {
            throw new RowException(e.Message, "give width and height in objects, or replace the image", UnusableKind.Media);
        }
    }

    private readonly record struct ObjectBox(double[] Numbers, string Type, int Image, double? Width, double? Height);
}
