using Litre.Data.Packing;
using Litre.Model;
using Litre.Model.Configuration;

namespace Litre.Training.Steps;

/// <summary>
/// Which samples each step uses: epochs of packed micro-batches, with a fixed number per step. It depends only on the step number, so a
/// resumed run needs no other state.
/// </summary>
internal sealed class TrainingOrder
{
    private readonly PackingUnits _units;
    private readonly Packer _packer;
    private readonly int _accumulation;
    private readonly List<int> _firstSteps = [1];
    private (int Epoch, IReadOnlyList<int[]> MicroBatches) _plan = (-1, []);

    /// <param name="samples">The training samples, without pixels; none longer than a pass.</param>
    /// <param name="config">The configuration of the model.</param>
    /// <param name="batches">
    /// How samples are combined into steps. The last step of an epoch may have fewer passes than the others.
    /// </param>
    /// <param name="seed">The seed of the order.</param>
    /// <exception cref="Core.InputException">No sample fits a pass.</exception>
    public TrainingOrder(IReadOnlyList<ModelSample> samples, ModelConfig config, BatchSettings batches, int seed)
    {
        _units = new PackingUnits(samples, config, batches.SharePrefixes, batches.PassTokens);
        _packer = new Packer(_units.Lengths, batches.PassTokens, (ulong)seed);
        _accumulation = batches.GradientAccumulation;
        SharesPrefixes = batches.SharePrefixes;
        var (epochs, maxSteps) = (batches.Epochs, batches.MaxSteps);
        if (maxSteps > 0)
        {
            TotalSteps = maxSteps;
            return;
        }
        var whole = (int)Math.Floor(epochs);
        for (var epoch = 0; epoch < whole; epoch++)
            _firstSteps.Add(_firstSteps[^1] + StepsOf(epoch));
        TotalSteps = _firstSteps[whole] - 1;
        if (epochs > whole)
            TotalSteps += (int)Math.Ceiling((epochs - whole) * StepsOf(whole));
        TotalSteps = Math.Max(1, TotalSteps);
    }

    public int TotalSteps { get; }

    /// <summary>Whether samples of a micro-batch with the same beginning share it.</summary>
    public bool SharesPrefixes { get; }

    /// <summary>The micro-batches of a step, as indices of samples.</summary>
    /// <param name="step">Counted from one.</param>
    public IReadOnlyList<int[]> MicroBatches(int step)
    {
        var (epoch, within) = Locate(step);
        var plan = PlanOf(epoch);
        return [.. plan.Skip(within * _accumulation).Take(_accumulation)];
    }

    /// <summary>Epochs finished after a step, including the fraction of the current one.</summary>
    public double EpochAfter(int step)
    {
        var (epoch, within) = Locate(step);
        return epoch + (double)(within + 1) / StepsOf(epoch);
    }

    /// <summary>Whether a step is the last of its epoch.</summary>
    public bool EndsEpoch(int step)
    {
        var (epoch, within) = Locate(step);
        return within + 1 == StepsOf(epoch);
    }

    private (int Epoch, int Within) Locate(int step)
    {
        while (_firstSteps[^1] <= step)
            _firstSteps.Add(_firstSteps[^1] + StepsOf(_firstSteps.Count - 1));
        var epoch = _firstSteps.BinarySearch(step) is var at && at >= 0 ? at : ~at - 1;
        return (epoch, step - _firstSteps[epoch]);
    }

    private int StepsOf(int epoch) => (PlanOf(epoch).Count + _accumulation - 1) / _accumulation;

    private IReadOnlyList<int[]> PlanOf(int epoch)
    {
        if (_plan.Epoch != epoch)
            _plan = (epoch, [.. _packer.Plan(epoch).MicroBatches.Select(units => units.SelectMany(u => _units.Samples[u]).ToArray())]);
        return _plan.MicroBatches;
    }
}
