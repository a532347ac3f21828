using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Families;
using Litre.Data.Imaging;
using Litre.Data.Samples;
using Litre.Data.Tiles;
using Litre.Data.Tokenization;
using Litre.Data.Video;

namespace Litre.Data.Packing;

/// <summary>Converts samples to tokens and pixels, with all settings of a checkpoint's folder for both. Thread-safe.</summary>
/// <param name="chat">The checkpoint's chat encoder.</param>
/// <param name="processor">The checkpoint's image processor; null for a model that supports text only.</param>
/// <param name="limits">Limits of images.</param>
public sealed class SampleEncoder(ChatEncoder chat, ImageProcessor? processor, ImageLimits limits)
{
    public ChatEncoder Chat { get; } = chat;

    /// <summary>Prepares images and videos; null for a model that supports text only.</summary>
    public ImageProcessor? Processor { get; } = processor;

    public ImageLimits Limits { get; } = limits;

    // For a sample that has passed CheckMedia and shows an image.
    private ImageProcessor Pixels => Processor ?? throw new InvalidOperationException("an image for a model that reads text alone");

    /// <summary>How pages larger than a tile are split; null if they are downscaled.</summary>
    public Tiling? Tiling { get; init; }

    /// <summary>The model's maximum sequence length in tokens; null if the checkpoint does not state it.</summary>
    public int? Positions { get; init; }

    /// <summary>Reads tokenizer, chat template and, if the family supports images, processor settings of a checkpoint.</summary>
    /// <param name="format">The format of the checkpoint's family.</param>
    /// <param name="checkpoint">The folder.</param>
    /// <param name="minimumPixels">Smaller images are enlarged; null for the checkpoint's own limit.</param>
    /// <param name="maximumPixels">Larger images are downscaled; null for the checkpoint's own limit.</param>
    /// <param name="limits">Limits of images; null for the default.</param>
    /// <param name="tiling">How images larger than a tile are split; null downscales them.</param>
    /// <exception cref="InputException">A file is missing or unsupported, or settings of images are given for a family without images.
    /// </exception>
    public static SampleEncoder Load(
        FamilyFormat format,
        string checkpoint,
        long? minimumPixels = null,
        long? maximumPixels = null,
        ImageLimits? limits = null,
        Tiling? tiling = null
    )
    {
        format.CheckImageSettings(("min-pixels", minimumPixels), ("max-pixels", maximumPixels), ("tile", tiling));
        var options = format.Images is { } images
            ? ProcessorOptions.Load(checkpoint, images).WithLimits(minimumPixels, maximumPixels)
            : null;
        if (tiling is not null && options is not null)
            CheckTiling(tiling, options);
        var chat = new ChatEncoder(
            Tokenizer.Load(checkpoint, format.Tokens),
            ChatTemplate.Load(format.Chat, checkpoint),
            options?.MergeSize ?? 1
        );
        return new SampleEncoder(chat, options is null ? null : new ImageProcessor(options), limits ?? ImageLimits.Default)
        {
            Tiling = tiling,
            Positions = CheckpointPositions.Read(checkpoint),
        };
    }

    /// <summary>Refuses a sample that the model cannot read.</summary>
    /// <exception cref="InputException">It shows images or videos, and the model supports text only.</exception>
    public void CheckMedia(Sample sample)
    {
        if (Processor is not null || sample.Images.Count + sample.Videos.Count == 0)
            return;
        var (count, what) = sample.Images.Count > 0 ? (sample.Images.Count, "image") : (sample.Videos.Count, "video");
        throw new InputException(
            $"the conversation shows {Units.Count(count, what)}, but {Chat.Tokenizer.Format.Family} models read text only; "
                + "use a vision-language model, or remove the images and videos"
        );
    }

    /// <summary>The same encoder with other tiles, or none.</summary>
    public SampleEncoder With(Tiling? tiling) =>
        tiling == Tiling ? this : new SampleEncoder(Chat, Processor, Limits) { Tiling = tiling, Positions = Positions };

    /// <exception cref="InputException">The processor would downscale the tiles.</exception>
    public static void CheckTiling(Tiling tiling, ProcessorOptions options)
    {
        if ((long)tiling.Width * tiling.Height > options.MaximumPixels)
            throw new InputException(
                "tile",
                tiling,
                $"a tile has {(long)tiling.Width * tiling.Height} pixels, and images are downscaled to at most {options.MaximumPixels}",
                "raise `max-pixels` or choose smaller tiles"
            );
    }

    /// <summary>
    /// Encodes the whole conversation with its labels. Images are inspected, not decoded. If each tile is answered separately, a page with
    /// questions about boxes has <see cref="TokenizedSample.TileSamples"/>.
    /// </summary>
    /// <exception cref="InputException">An image cannot be used, or the conversation is longer than the model's positions.</exception>
    public TokenizedSample Encode(Sample sample)
    {
        CheckMedia(sample);
        if (Tiling is not { Answers: TileAnswers.Tile } || TileSamples.ForTraining(sample, Tiling, Limits) is not { } tiles)
            return Encode(sample, sample.Messages, addGenerationPrompt: false, warns: true);
        TokenizedSample[] parts = [.. tiles.Select(t => Encode(t, t.Messages, addGenerationPrompt: false))];
        var warnings = parts.SelectMany(p => p.Sample.Warnings).Distinct().ToList();
        return parts.MaxBy(p => p.Length)! with
        {
            Sample = warnings.Count == sample.Warnings.Count ? sample : sample with { Warnings = warnings },
            TileSamples = parts,
        };
    }

    /// <summary>Encodes the conversation up to its last answer, as a prompt.</summary>
    /// <exception cref="InputException">An image cannot be used, or no position remains for an answer.</exception>
    public TokenizedSample EncodePrompt(Sample sample)
    {
        CheckMedia(sample);
        return Encode(sample, [.. sample.Messages.SkipLast(sample.Messages[^1].Role == Role.Assistant ? 1 : 0)], addGenerationPrompt: true);
    }

    /// <summary>Decodes and resizes images and videos and splits them into patches; a page is decoded once for all of its tiles.</summary>
    /// <param name="visuals">The images and videos as encoded.</param>
    /// <param name="values">(P, C·T·p·p) uint8 for all of them in order; every value is written.</param>
    /// <exception cref="InputException">One is damaged, or has changed since its tokens were counted.</exception>
    public void LoadPixels(IReadOnlyList<VisualInput> visuals, Span<byte> values)
    {
        for (var first = 0; first < visuals.Count; )
        {
            var count = 1;
            while (
                first + count < visuals.Count
                && visuals[first].Image?.View is { } view
                && visuals[first + count].Image?.View?.Page == view.Page
            )
                count++;
            VisualInput[] group = [.. visuals.Skip(first).Take(count)];
            var size = group.Sum(v => v.Grid.Patches) * Pixels.Options.PatchValues;
            if (group[0].Image is { } image)
                LoadPage(image.View?.Page ?? image, group, values[..size]);
            else
                LoadVideo(group[0], values[..size]);
            values = values[size..];
            first += count;
        }
    }

    private void LoadVideo(VisualInput visual, Span<byte> values)
    {
        var patches = VideoClip.Open(visual.Video!, Pixels.Options, Limits).Load(Pixels);
        CheckGrid(visual, patches.Grid);
        patches.Values.CopyTo(values);
    }

    private void LoadPage(ImageSource page, VisualInput[] parts, Span<byte> values)
    {
        var side = Pixels.Options.PatchSize;
        var encoded = page.ReadBytes(Limits);
        var size = parts[0].Image!.View?.PageSize ?? ImageDecoder.ReadSize(page.Name, encoded, Limits);
        foreach (var part in parts)
            CheckGrid(part, Plan(part.Image!, part.Image!.View is null ? size : null));
        var cuts = parts
            .Select(p => new ImageCrop(
                p.Image!.View?.Region ?? new ImageRegion(0, 0, size.Width, size.Height),
                p.Grid.Width * side,
                p.Grid.Height * side
            ))
            .ToList();
        int[] starts = [.. parts.Select((_, i) => parts.Take(i).Sum(p => p.Grid.Patches) * Pixels.Options.PatchValues)];
        foreach (var (index, resized) in CropReader.Read(page.Name, encoded, size, cuts, Limits))
        {
            using (resized)
                Pixels.WritePatches(
                    resized,
                    parts[index].Grid,
                    values.Slice(starts[index], parts[index].Grid.Patches * Pixels.Options.PatchValues)
                );
        }
    }

    private PatchGrid Plan(ImageSource image, (int Width, int Height)? known = null)
    {
        var (width, height) = known ?? ImageDecoder.ReadSize(image, Limits);
        return Pixels.Plan(image.Name, width, height, image.View?.MaximumPixels, image.Settings);
    }

    // The loss of detail of large images, for the warnings of a data check.
    private IEnumerable<string> SizeWarnings(Sample shown, (int Width, int Height)[] sizes, PatchGrid[] grids)
    {
        var shares = shown.Images.Select(
            (image, i) =>
                image.View is null && image.Settings is null ? (double)grids[i].Width * Pixels.Options.PatchSize / sizes[i].Width : 1
        );
        if (ShrinkFactor.Warning(shares.Append(1).Min()) is { } shrunk)
            yield return shrunk;
        if (Tiling is { Answers: TileAnswers.Tile } && shown.Images.Any(i => i.View is not null))
            yield return TileSamples.NotByTile;
    }

    private static void CheckGrid(VisualInput visual, PatchGrid found)
    {
        if (found != visual.Grid)
            throw new InputException(
                $"{visual.Name}: its patches are {found}, expected {visual.Grid} as when it was counted; it has changed since; start again"
            );
    }

    // A prompt needs a position for the answer's first token.
    private void CheckLength(EncodedChat encoded, bool prompt, int tiles)
    {
        var length = encoded.InputIds.Length + (prompt ? 1 : 0);
        if (!(length > Positions))
            return;
        var visual = encoded.TokenTypes.Count(t => t != 0);
        throw new InputException(
            $"the {(prompt ? "question" : "conversation")} is too long: {encoded.InputIds.Length} tokens, {visual} of "
                + "them for images and videos, "
                + $"but the model has {Positions} positions; {Remedy()}"
        );

        string Remedy() =>
            tiles > 0
                ? $"{tiles} of the images are tiles: ask about each tile separately (`tile-answers tile`), choose a larger "
                    + "`tile`, or downscale the page (`tile off`)"
            : visual * 2 > length ? "lower `max-pixels`, or show fewer images or frames"
            : "shorten it";
    }

    private TokenizedSample Encode(Sample sample, IReadOnlyList<Message> messages, bool addGenerationPrompt, bool warns = false)
    {
        var shown = sample with { Messages = messages };
        if (Tiling is not null)
            shown = TiledSample.Of(shown, Tiling, Limits);
        var sizes = shown.Images.Select(i => ImageDecoder.ReadSize(i, Limits)).ToArray();
        var images = shown.Images.Select((image, i) => Plan(image, sizes[i])).ToArray();
        var videos = sample.Videos.Select(v => VideoClip.Open(v, Pixels.Options, Limits).Plan(Pixels)).ToList();
        var encoded = Chat.Encode(shown.Messages, images, videos, addGenerationPrompt);
        CheckLength(encoded, addGenerationPrompt, shown.Images.Count(i => i.View is not null));
        IEnumerable<string> remarks = addGenerationPrompt ? [] : Chat.Template.Warnings(messages);
        if (warns)
            remarks = remarks.Concat(SizeWarnings(shown, sizes, images));
        DataWarning[] warnings = [.. remarks.Select(r => new DataWarning(r))];
        return new TokenizedSample
        {
            Sample = warnings.Length == 0 ? sample : sample with { Warnings = [.. sample.Warnings, .. warnings] },
            InputIds = encoded.InputIds,
            Labels = encoded.Labels,
            TokenTypes = encoded.TokenTypes,
            Visuals =
            [
                .. encoded.Visuals.Select(v =>
                    v.Kind == ContentKind.Image
                        ? new VisualInput(images[v.Index], shown.Images[v.Index], null)
                        : new VisualInput(videos[v.Index].Grid, null, sample.Videos[v.Index])
                ),
            ],
        };
    }
}
