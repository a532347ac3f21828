using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Files;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Lora;

/// <summary>Adapters in PEFT's file format: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
public static class AdapterFiles
{
    public const string WeightsName = "adapter_model.safetensors";

    /// <summary>Attaches the adapter of a folder to the model. Its factors are not trainable by default.</summary>
    /// <param name="model">It may have other adapters.</param>
    /// <param name="folder">The adapter.</param>
    /// <param name="use">Whether another base than its own is accepted; null accepts none.</param>
    /// <returns>The adapter in the lowest free slot.</returns>
    /// <exception cref="InputException">The folder is not an adapter for this model; the model is unchanged.</exception>
    public static Adapter Load(CausalModel model, string folder, AdapterLoadOptions? use = null)
    {
        // Warnings about what cannot be checked are reported only for an accepted adapter, not in addition to a refusal.
        var remarks = new List<string>();
        BaseModelMatch.Check(model, folder, (use ?? new AdapterLoadOptions()) with { Log = remarks.Add });
        using var file = SafetensorsFile.Open(Path.Combine(folder, WeightsName));
        var config = AdapterConfig.Load(folder);
        var adapter = LoraAttachment.Attach(model, config);
        try
        {
            Fill(adapter, file, model.Config.Family);
        }
        catch
        {
            model.Adapters.Detach(adapter.Slot);
            throw;
        }
        foreach (var remark in remarks)
            use?.Log?.Invoke(remark);
        return adapter;
    }

    /// <summary>Sets an adapter's factors to those of a file, after checking every key and shape and every number.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="file">Its weights.</param>
    /// <param name="family">The model's family, for messages; null if it is unknown.</param>
    /// <exception cref="InputException">The file does not fit the adapter, or contains a value that is not finite.</exception>
    public static void Fill(Adapter adapter, SafetensorsFile file, IModelFamily? family = null)
    {
        var parameters = adapter.Parameters.ToList();
        var entries = AdapterKeys.Match(file, parameters.ToDictionary(p => p.Key, FileShape), family);
        foreach (var parameter in parameters)
        {
            using var scope = new TensorScope();
            var read = TensorFiles.Read(file, entries[parameter.Key].Name);
            RefuseNotFinite(file.Path, entries[parameter.Key].Name, read);
            parameter.Value.CopyFrom(FromFileLayout(parameter, read));
        }
    }

    /// <summary>Allocates the memory of <see cref="Fill"/> with a model on a meta device.</summary>
    public static void DryRunFill(Adapter adapter)
    {
        foreach (var parameter in adapter.Parameters)
        {
            using var scope = new TensorScope();
            var read = Tensor.Empty(FileShape(parameter), DType.Float32, parameter.Value.Device.Host);
            using (Tensor.Empty(read.Sizes, DType.Float64, read.Device))
                read.Clone(); // as every number is read
            parameter.Value.CopyFrom(FromFileLayout(parameter, read));
        }
    }

    /// <summary>Writes an adapter; a factor is written in float32, as PEFT keeps it.</summary>
    /// <param name="model">The model with the adapter.</param>
    /// <param name="adapter">An adapter of the model.</param>
    /// <param name="folder">Created if it does not exist.</param>
    /// <param name="values">Other values for the factors, such as an optimizer's master copies.</param>
    /// <param name="facts">Metadata that is written in addition to PEFT's files; the model's base is added.</param>
    public static void Save(
        CausalModel model,
        Adapter adapter,
        string folder,
        Func<Parameter, Tensor>? values = null,
        AdapterMetadata? facts = null
    )
    {
        Directory.CreateDirectory(folder);
        using var scope = new TensorScope();
        SafetensorsWriter.Write(Path.Combine(folder, WeightsName), Sources(adapter, values));
        adapter.Config.Save(folder);
        ((facts ?? new AdapterMetadata()) with { Base = model.Base }).Save(folder);
    }

    /// <summary>Bytes of the weights' file that <see cref="Save"/> writes; the model may be on a meta device.</summary>
    public static long FileBytes(Adapter adapter) =>
        SafetensorsWriter.FileBytes(adapter.Parameters.Select(p => TensorSource.Described(p.Key, DType.Float32, FileShape(p))));

    /// <summary>Counts the memory of <see cref="Save"/> with a model on a meta device.</summary>
    public static void DryRunSave(Adapter adapter, Func<Parameter, Tensor>? values = null)
    {
        using var scope = new TensorScope();
        SafetensorsWriter.DryRun(Sources(adapter, values));
    }

    private static IEnumerable<TensorSource> Sources(Adapter adapter, Func<Parameter, Tensor>? values) =>
        adapter.Parameters.Select(p => TensorFiles.Source(p.Key, InFileLayout(p, values is null ? p.Value : values(p)).To(DType.Float32)));

    /// <summary>
    /// A factor, or its gradient, in the file's layout. Experts' factors are matrices there: A (E, r, in) as (E r, in), and B (E, out,
    /// r) as (out, r E), whose columns run with the rank outermost. Other tensors stay as they are.
    /// </summary>
    public static Tensor InFileLayout(Parameter parameter, Tensor tensor)
    {
        if (!IsExpertFactor(parameter))
            return tensor.Alias();
        using var scope = new TensorScope();
        return scope.Return(
            IsA(parameter) ? tensor.View(-1, tensor.Size(2)) : tensor.Permute(1, 2, 0).Contiguous().View(tensor.Size(1), -1)
        );
    }

    internal static Tensor FromFileLayout(Parameter parameter, Tensor tensor)
    {
        if (!IsExpertFactor(parameter))
            return tensor;
        var (experts, rank) = (parameter.Value.Size(0), parameter.Value.Size(IsA(parameter) ? 1 : 2));
        return IsA(parameter) ? tensor.View(experts, rank, -1) : tensor.View(-1, rank, experts).Permute(2, 0, 1);
    }

    internal static long[] FileShape(Parameter parameter)
    {
        var s = parameter.Value.Sizes;
        if (s.Length == 2)
            return s.ToArray();
        return IsA(parameter) ? [s[0] * s[1], s[2]] : [s[1], s[2] * s[0]];
    }

    private static bool IsExpertFactor(Parameter parameter) =>
        parameter.Value.Rank == 3 && parameter.Key.Contains(".lora_", StringComparison.Ordinal);

    private static bool IsA(Parameter parameter) => parameter.Key.Contains(".lora_A", StringComparison.Ordinal);

    internal static void RefuseNotFinite(string path, string key, Tensor tensor)
    {
        var values = tensor.ToDoubles();
        for (var i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
                throw new InputException(
                    $"{path}: {key} contains {values[i]} at element {i}; the adapter is damaged or its training "
                        + "diverged; use an earlier checkpoint"
                );
        }
    }
}

/// <summary>How an adapter, or a training checkpoint, is matched with a base.</summary>
public sealed record AdapterLoadOptions
{
    /// <summary>Whether a base other than the one that it was trained on is accepted.</summary>
    public bool AllowOtherBase { get; init; }

    /// <summary>Called with one line about what cannot be checked of the base or is accepted nevertheless.</summary>
    public Action<string>? Log { get; init; }
}
