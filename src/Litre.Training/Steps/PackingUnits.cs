using Litre.Model;
using Litre.Model.Configuration;

namespace Litre.Training.Steps;

/// <summary>
/// The units that are packed into micro-batches: a sample, or as many samples about one image that share its tokens as fit.
/// </summary>
internal sealed class PackingUnits
{
    private readonly List<int[]> _samples = [];
    private readonly List<int> _lengths = [];

    /// <param name="samples">The samples, without pixels.</param>
    /// <param name="config">The configuration of the model.</param>
    /// <param name="share">Whether samples with the same beginning share it.</param>
    /// <param name="tokenBudget">Tokens of a micro-batch.</param>
    public PackingUnits(IReadOnlyList<ModelSample> samples, ModelConfig config, bool share, int tokenBudget)
    {
        foreach (var group in PrefixGroup.Find(samples, config, share))
        {
            var (open, tokens) = (new List<int>(), group.Length);
            foreach (var i in group.Samples)
            {
                var own = samples[i].Ids.Length - group.Length;
                if (open.Count > 0 && tokens + own > tokenBudget)
                {
                    Close(open, tokens);
                    (open, tokens) = ([], group.Length);
                }
                open.Add(i);
                tokens += own;
            }
            Close(open, tokens);
        }

        void Close(List<int> members, int tokens)
        {
            _samples.Add([.. members]);
            _lengths.Add(tokens);
        }
    }

    /// <summary>Indices of each unit's samples.</summary>
    public IReadOnlyList<int[]> Samples => _samples;

    /// <summary>Tokens that each unit needs in a micro-batch.</summary>
    public IReadOnlyList<int> Lengths => _lengths;
}
