using Litre.Core;
using Litre.Data.Samples;
using Litre.Inference.Sampling;

namespace Litre.Inference;

/// <summary>Asks the same question about every image of a folder, several images at a time.</summary>
/// <param name="session">The model.</param>
/// <param name="folder">The folder of the images.</param>
/// <param name="prompt">The question.</param>
/// <param name="settings">The settings of the answers.</param>
/// <param name="tokenBudget">Maximum tokens of prompts and answers that are processed together; a batch has at least one image.</param>
public sealed class BatchAnswering(ModelSession session, string folder, string prompt, GenerationSettings settings, int tokenBudget)
{
    // Beyond this, the cache's bookkeeping costs more than the batch saves.
    private const int MaxBatch = 64;

    /// <summary>What the model is told before the question; null for nothing.</summary>
    public string? System { get; init; }

    /// <summary>Answers so far that were truncated at the token limit.</summary>
    public int TruncatedAnswers { get; private set; }

    /// <summary>Answers the question for images that have no row yet, in their order, and adds the rows.</summary>
    /// <param name="images">Paths relative to the folder.</param>
    /// <param name="output">The file to which rows are added.</param>
    /// <param name="progress">Called after each batch with the number of images done, failures included.</param>
    /// <param name="stop">Stops after the current batch.</param>
    /// <returns>The number of images answered and of images that could not be used.</returns>
    /// <exception cref="InputException">The output cannot be written.</exception>
    public (int Answered, int Failed) Run(
        IReadOnlyList<string> images,
        AnswerFile output,
        Action<int>? progress = null,
        CancellationToken stop = default
    )
    {
        var (answered, failed) = (0, 0);
        var pending = new List<(string Image, Sample Sample)>();
        var tokens = 0;
        foreach (var image in images)
        {
            if (stop.IsCancellationRequested)
                break;
            if (output.CompletedImages.Contains(image))
                continue;
            var (sample, length, error) = Prepare(image);
            var full = pending.Count == MaxBatch || tokens + length > tokenBudget;
            // Rows are in the images' order, so an error waits for those before it.
            if (pending.Count > 0 && (full || sample is null))
                Finish();
            if (sample is null)
            {
                output.Add(Row(image, null, error));
                failed++;
                continue;
            }
            if (stop.IsCancellationRequested)
                break;
            pending.Add((image, sample));
            tokens += length;
        }
        if (pending.Count > 0 && !stop.IsCancellationRequested)
            Finish();
        output.Flush();
        return (answered, failed);

        void Finish()
        {
            foreach (var row in Answer(pending))
            {
                output.Add(row);
                if (row.IsTruncated)
                    TruncatedAnswers++;
                if (row.Error is null)
                    answered++;
                else
                    failed++;
            }
            pending.Clear();
            tokens = 0;
            progress?.Invoke(answered + failed);
        }
    }

    private (Sample? Sample, int Tokens, string? Error) Prepare(string image)
    {
        try
        {
            var conversation = new Conversation(image) { System = System };
            conversation.AddQuestion(prompt, [Conversation.Image(Path.Combine(folder, image), session.Encoder.Limits)]);
            var sample = conversation.ToSample();
            return (sample, session.PromptTokens(sample) + settings.MaxNewTokens, null);
        }
        catch (InputException e)
        {
            return (null, 0, e.Message);
        }
    }

    private AnswerRow Row(string image, string? answer, string? error) => new(image, prompt, answer, error) { System = System };

    private IEnumerable<AnswerRow> Answer(List<(string Image, Sample Sample)> batch)
    {
        try
        {
            var tokens = new int[batch.Count];
            var answers = session.Answer([.. batch.Select(b => b.Sample)], settings, (i, _) => tokens[i]++);
            return batch.Select((b, i) => Row(b.Image, answers[i], null) with { IsTruncated = tokens[i] >= settings.MaxNewTokens });
        }
        catch (InputException e) when (batch.Count == 1)
        {
            return [Row(batch[0].Image, null, e.Message)];
        }
        catch (InputException)
        {
            // One of them is damaged after its header: each image is processed alone.
            return batch.SelectMany(one => Answer([one]));
        }
    }
}
