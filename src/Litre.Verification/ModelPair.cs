using Litre.Kernels;
using Litre.Model;
using Litre.Model.Experts;
using Litre.Model.Lora;
using Litre.Model.Objectives;
using Litre.Model.Text;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Verification;

/// <summary>A model under test and, if its routers' choices are pinned, the same model in float32, whose choices it uses.</summary>
internal sealed class ModelPair : IDisposable
{
    private readonly CausalModel? _reference;
    private readonly List<Tensor> _pins = [];

    public ModelPair(string folder, string? adapter, DType dtype, Device device, bool pinned, KernelOptions kernels)
    {
        Model = ModelFiles.Load(folder, dtype, device, options: new LoadOptions { Kernels = kernels });
        if (pinned && Routers(Model).Any())
            _reference = ModelFiles.Load(folder, DType.Float32, device);
        if (adapter is not null)
            ForEach(m => AdapterFiles.Load(m, adapter));
    }

    public CausalModel Model { get; }

    public CausalModel? Reference => _reference;

    /// <summary>Whether choices are pinned.</summary>
    public bool HasPinnedRouting => _reference is not null;

    public void ForEach(Action<CausalModel> action)
    {
        action(Model);
        if (_reference is not null)
            action(_reference);
    }

    /// <summary>A batch for logits of the model under test; its routers are pinned to the reference model's choices.</summary>
    public PackedBatch Pack(IReadOnlyList<ModelSample> samples) => Pack(samples, (model, batch) => model.Logits(batch));

    /// <summary>The same for losses and training passes, in which the last layer's router processes answers only.</summary>
    public PackedBatch PackForLoss(IReadOnlyList<ModelSample> samples) => Pack(samples, (model, batch) => model.Loss(batch));

    public void Unpin()
    {
        foreach (var router in Routers(Model))
            router.Pinned = null;
        foreach (var pin in _pins)
            pin.Dispose();
        _pins.Clear();
    }

    /// <summary>Compares the model's own choices with those of the reference model.</summary>
    public Comparison CompareFreeChoices(IReadOnlyList<ModelSample> samples)
    {
        Unpin();
        var comparison = new Comparison("expert choices, if not pinned");
        var (free, led) = (Choices(Model, samples, (m, b) => m.Logits(b)), Choices(_reference!, samples, (m, b) => m.Logits(b)));
        for (var i = 0; i < free.Count; i++)
        {
            comparison.Add($"router {i}", free[i].ToDoubles(), led[i].ToDoubles());
            free[i].Dispose();
            led[i].Dispose();
        }
        return comparison;
    }

    public void Dispose()
    {
        Unpin();
        Model.Dispose();
        _reference?.Dispose();
    }

    private PackedBatch Pack(IReadOnlyList<ModelSample> samples, Func<CausalModel, PackedBatch, Tensor> forward)
    {
        Unpin();
        if (_reference is not null)
        {
            _pins.AddRange(Choices(_reference, samples, forward));
            foreach (var (router, pin) in Routers(Model).Zip(_pins))
                router.Pinned = pin;
        }
        return PackedBatch.Pack(samples, Model.Config, Model.DType, Model.Device);
    }

    private static List<Tensor> Choices(
        CausalModel model,
        IReadOnlyList<ModelSample> samples,
        Func<CausalModel, PackedBatch, Tensor> forward
    )
    {
        var choices = new List<Tensor>();
        using var batch = PackedBatch.Pack(samples, model.Config, model.DType, model.Device);
        foreach (var router in Routers(model))
            router.Observer = chosen => choices.Add(TensorScope.Keep(chosen.Clone()));
        forward(model, batch).Dispose();
        foreach (var router in Routers(model))
            router.Observer = null;
        return choices;
    }

    private static IEnumerable<Router> Routers(CausalModel model) =>
        model.Text.Layers.Select(l => l.FeedForward).OfType<ExpertFeedForward>().Select(f => f.Router);
}
