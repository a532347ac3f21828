using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;
using Litre.Data.Tokenization;
using Litre.Data.Video;
using Litre.Torch;

namespace Litre.Data.Packing;

/// <summary>From samples to tokens and pixels, with everything a checkpoint's folder says about both. Thread-safe.</summary>
public sealed class SampleEncoder(ChatEncoder chat, ImageProcessor processor, ImageLimits limits)
{
    public ChatEncoder Chat { get; } = chat;

    public ImageProcessor Processor { get; } = processor;

    public ImageLimits Limits { get; } = limits;

    /// <summary>Reads tokenizer, chat template and processor settings of a checkpoint.</summary>
    /// <exception cref="InputException">A file is missing or cannot be followed.</exception>
    public static SampleEncoder Load(string checkpoint, long? minimumPixels = null, long? maximumPixels = null, ImageLimits? limits = null)
    {
        var options = ProcessorOptions.Load(checkpoint).WithLimits(minimumPixels, maximumPixels);
        var chat = new ChatEncoder(Tokenizer.Load(checkpoint), ChatTemplate.Load(checkpoint), options.MergeSize);
        return new SampleEncoder(chat, new ImageProcessor(options), limits ?? ImageLimits.Default);
    }

    /// <summary>The whole conversation with its labels. Pictures are looked at, not decoded.</summary>
    /// <exception cref="InputException">A picture cannot be used.</exception>
    public TokenizedSample Encode(Sample sample) => Encode(sample, sample.Messages, addGenerationPrompt: false);

    /// <summary>The conversation up to its last answer, ready to be answered.</summary>
    /// <exception cref="InputException">A picture cannot be used.</exception>
    public TokenizedSample EncodePrompt(Sample sample) =>
        Encode(sample, [.. sample.Messages.SkipLast(sample.Messages[^1].Role == Role.Assistant ? 1 : 0)], addGenerationPrompt: true);

    /// <summary>Decodes, resizes and cuts one image or video.</summary>
    /// <param name="visual">As it was counted.</param>
    /// <param name="values">(P, C·T·p·p) uint8, all of them written.</param>
    /// <exception cref="InputException">It is damaged, or changed since its tokens were counted.</exception>
    public void LoadPixels(VisualInput visual, Span<byte> values)
    {
        if (visual.Video != null)
        {
            var patches = VideoClip.Open(visual.Video, Processor.Options, Limits).Load(Processor);
            CheckGrid(visual, patches.Grid);
            patches.Values.CopyTo(values);
            return;
        }
        using var image = ImageDecoder.Decode(visual.Image!, Limits);
        CheckGrid(visual, Processor.Plan(visual.Name, image.Width, image.Height));
        Processor.Process(image, visual.Grid, values);
    }

    private static void CheckGrid(VisualInput visual, PatchGrid found)
    {
        if (found != visual.Grid)
            throw new InputException($"{visual.Name}: its patches are {found}, expected {visual.Grid} as when it was counted; it changed meanwhile, start again");
    }

    private TokenizedSample Encode(Sample sample, IReadOnlyList<Message> messages, bool addGenerationPrompt)
    {
        var images = new PatchGrid[sample.Images.Count];
        for (var i = 0; i < images.Length; i++)
        {
            var (width, height) = ImageDecoder.ReadSize(sample.Images[i], Limits);
            images[i] = Processor.Plan(sample.Images[i].Name, width, height);
        }
        var videos = sample.Videos.Select(v => VideoClip.Open(v, Processor.Options, Limits).Plan(Processor)).ToList();
        var encoded = Chat.Encode(messages, images, videos, addGenerationPrompt);
        return new TokenizedSample
        {
            Sample = sample,
            InputIds = encoded.InputIds,
            Labels = encoded.Labels,
            TokenTypes = encoded.TokenTypes,
            Visuals = [.. encoded.Visuals.Select(v => v.Kind == ContentKind.Image
                ? new VisualInput(images[v.Index], sample.Images[v.Index], null)
                : new VisualInput(videos[v.Index].Grid, null, sample.Videos[v.Index]))],
        };
    }
}
