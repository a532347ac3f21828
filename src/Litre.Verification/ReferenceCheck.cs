using Litre.Core;
using Litre.Export;
using Litre.Inference;
using Litre.Inference.Sampling;
using Litre.Inference.Scheduling;
using Litre.Kernels;
using Litre.Model;
using Litre.Model.Files;
using Litre.Model.Layers;
using Litre.Model.Lora;
using Litre.Model.Objectives;
using Litre.Torch;
using Litre.Training.Optimization;

namespace Litre.Verification;

/// <summary>
/// Compares this program with values that transformers and peft computed (tests/reference/generate.py): everything from position ids to
/// twenty optimizer steps. Works with any directory of that layout; values that a directory lacks are not checked.
/// </summary>
/// <param name="folder">The folder with <c>model/</c> and <c>expected.safetensors</c>, and optionally the other files.</param>
/// <param name="device">The device.</param>
/// <param name="dtype">Float32 or BFloat16.</param>
/// <param name="recompute">Recompute all or none of the layers in the backward pass.</param>
/// <param name="kernels">The kernels that the model may use.</param>
/// <param name="onRow">Called with each row when it is done.</param>
public sealed class ReferenceCheck(
    string folder,
    Device device,
    DType dtype,
    Recompute recompute,
    KernelOptions kernels,
    Action<ReferenceRow>? onRow = null
)
{
    // Settings of the reference's training run (tests/reference/generate.py).
    private const double LearningRate = 1e-2;
    private static readonly AdamWSettings Optimizer = new();

    // Rounding a weight to bf16 can change a router's choice, which changes the answer as a whole: even float32 arithmetic on rounded
    // weights is 11 % off the reference then. So in bf16 the choices are pinned to those of a float32 model.
    private readonly bool _pinned = dtype == DType.BFloat16;
    private readonly Tolerances _tolerances = Tolerances.For(dtype);
    private readonly List<ReferenceRow> _rows = [];

    /// <exception cref="InputException">The directory cannot be read or is not of this layout.</exception>
    public IReadOnlyList<ReferenceRow> Run()
    {
        using (var pair = Open("model"))
        using (var samples = new ReferenceSamples(PathOf("expected.safetensors"), pair.Model.Config))
        {
            CheckForward(pair, samples);
            CheckGreedy(pair, samples);
            CheckGradients(pair, samples);
        }
        if (Directory.Exists(PathOf("model_hub_layout")))
        {
            using var pair = Open("model_hub_layout");
            using var samples = new ReferenceSamples(PathOf("expected.safetensors"), pair.Model.Config);
            CheckLogits("hub layout: logits", pair, samples, PathOf("expected.safetensors"));
        }
        if (File.Exists(PathOf("expected_adapter.safetensors")))
            CheckAdapter();
        if (File.Exists(PathOf("expected_merged.safetensors")))
            CheckMerged();
        return _rows;
    }

    private void CheckForward(ModelPair pair, ReferenceSamples samples)
    {
        var (positions, merged, deepstack) = (
            new Comparison("position ids"),
            new Comparison("vision outputs"),
            new Comparison("deepstack features")
        );
        var model = pair.Model;
        var (hidden, logits, loss) = (new Comparison("hidden states"), new Comparison("logits"), new Comparison("loss"));
        foreach (var name in samples.Names)
        {
            using var scope = new TensorScope();
            var sample = samples.Samples[name];
            if (samples.Has($"{name}.position_ids"))
            {
                var (computed, _) = model.Config.Positions.Compute(sample.Ids, sample.Grids);
                var expected = samples.Doubles($"{name}.position_ids");
                positions.Add(name, [.. computed.SelectMany(axis => axis).Select(v => (double)v)], expected);
            }
            using var batch = pair.Pack([sample]);
            if (samples.Has($"{name}.vision.merged"))
            {
                var output = model.VisionTower!.Forward(batch.Vision!, Model.Layers.Pass.Inference).Output;
                merged.Add(name, output.Merged.ToDoubles(), samples.Doubles($"{name}.vision.merged"));
                for (var i = 0; i < output.Deepstack.Count; i++)
                    deepstack.Add($"{name} {i}", output.Deepstack[i].ToDoubles(), samples.Doubles($"{name}.vision.deepstack.{i}"));
            }
            void Compare(int layer, Tensor state)
            {
                if (!samples.Has($"{name}.hidden.{layer}"))
                    return;
                // transformers' last hidden state is the one after the final norm.
                using var last =
                    layer == model.Config.Text.Layers ? model.Text.Norm.Forward(state, Model.Layers.Pass.Inference).Y : state.Alias();
                hidden.Add($"{name} layer {layer}", last.ToDoubles(), samples.Doubles($"{name}.hidden.{layer}"));
            }
            logits.Add(name, model.Logits(batch, Compare).ToDoubles(), samples.Doubles($"{name}.logits"));
            using var answers = pair.PackForLoss([sample]);
            loss.Add(name, [model.Loss(answers).Item() / answers.AnswerTokens], samples.Doubles($"{name}.loss"));
        }
        if (positions.Any)
            Report(positions.Identical());
        foreach (var activations in (Comparison[])[merged, deepstack, hidden])
        {
            if (activations.Any)
                Report(activations.Within(_tolerances.ActivationAbsolute, _tolerances.ActivationRelative));
        }
        Report(logits.Within(_tolerances.ActivationAbsolute, _tolerances.ActivationRelative));
        Report(loss.ByNorm(_tolerances.LossRelative));
        CheckPacked(pair, samples);
    }

    // All samples in one packed micro-batch give the same logits as each alone.
    private void CheckPacked(ModelPair pair, ReferenceSamples samples)
    {
        using var scope = new TensorScope();
        using var batch = pair.Pack([.. samples.Names.Select(n => samples.Samples[n])]);
        var packed = new Comparison("logits, all samples packed");
        var logits = pair.Model.Logits(batch);
        for (var i = 0; i < samples.Names.Count; i++)
        {
            var part = logits.Slice(0, batch.Text.Layout.Start(i), batch.Text.Layout.Length(i));
            packed.Add(samples.Names[i], part.ToDoubles(), samples.Doubles($"{samples.Names[i]}.logits"));
        }
        Report(packed.Within(_tolerances.ActivationAbsolute, _tolerances.ActivationRelative));
        if (pair.HasPinnedRouting)
            Report(pair.CompareFreeChoices([.. samples.Names.Select(n => samples.Samples[n])]).Identical(required: false));
    }

    private void CheckGreedy(ModelPair pair, ReferenceSamples samples)
    {
        var greedy = new Comparison("greedy tokens");
        pair.Unpin();
        // If a step can be recorded, the third and later ones are; the same steps operator by operator must choose the same tokens.
        var (generator, plain) = (
            new Generator(pair.Model) { Replay = ReplaySettings.Always },
            new Generator(pair.Model) { Replay = ReplaySettings.Never }
        );
        var replayed = new Comparison("greedy tokens, recorded steps");
        var launched = CudaGraphs.Launched;
        foreach (var name in samples.Names.Where(n => samples.Has($"{n}.greedy")))
        {
            var expected = samples.Ints($"{name}.greedy");
            var prompt = samples.Samples[name] with { Labels = null };
            var settings = new GenerationSettings { MaxNewTokens = expected.Length - prompt.Ids.Length };
            var made = generator.Generate([prompt], settings)[0];
            greedy.Add(name, [.. prompt.Ids.Concat(made).Select(t => (double)t)], [.. expected.Select(t => (double)t)]);
            if (CudaGraphs.Launched > launched)
                replayed.Add(name, [.. made.Select(t => (double)t)], [.. plain.Generate([prompt], settings)[0].Select(t => (double)t)]);
        }
        Report(greedy.Identical(_tolerances.TokensIdentical));
        if (CudaGraphs.Launched > launched)
            Report(replayed.Identical());
    }

    private void CheckGradients(ModelPair pair, ReferenceSamples samples)
    {
        const string Prefix = "full_gradients.";
        foreach (var path in Directory.EnumerateFiles(folder, Prefix + "*.safetensors").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileNameWithoutExtension(path)[Prefix.Length..];
            using var file = SafetensorsFile.Open(path);
            foreach (var parameter in pair.Model.Parameters)
                parameter.Trainable = true;
            using var gradients = new GradientBuffer(pair.Model.Parameters);
            Accumulate(pair, samples.Samples[name]);
            Report(CompareGradients("full gradients", gradients, key => key, file, mayLack: true));
        }
    }

    private void CheckAdapter()
    {
        var path = PathOf("expected_adapter.safetensors");
        using var pair = Open("model", "adapter");
        using var samples = new ReferenceSamples(PathOf("expected.safetensors"), pair.Model.Config);
        using var expected = SafetensorsFile.Open(path);
        CheckLogits("adapter: logits", pair, samples, path);
        using var trainer = new PairTrainer(pair, Optimizer, recompute);
        foreach (var name in samples.Names.Where(n => expected.Tensors.Keys.Any(k => k.StartsWith($"{n}.grad.", StringComparison.Ordinal))))
        {
            trainer.Gradients.Zero();
            Accumulate(pair, samples.Samples[name]);
            Report(CompareGradients("adapter: gradients", trainer.Gradients, key => $"{name}.grad.{key}", expected));
        }
        if (expected.Tensors.ContainsKey("train.losses"))
            CheckTraining(pair, samples, trainer, expected);
    }

    // The reference's own run: one sample per step, in order, repeatedly.
    private void CheckTraining(ModelPair pair, ReferenceSamples samples, PairTrainer trainer, SafetensorsFile expected)
    {
        var expectedLosses = TensorFiles.ReadDoubles(expected, "train.losses");
        var expectedNorms = TensorFiles.ReadDoubles(expected, "train.grad_norms");
        var (foundLosses, foundNorms) = (new double[expectedLosses.Length], new double[expectedNorms.Length]);
        var (losses, norms, weights) = (
            new Comparison("training: losses"),
            new Comparison("training: gradient norms"),
            new Comparison("training: adapter weights")
        );
        for (var step = 0; step < expectedLosses.Length; step++)
        {
            var (loss, norm) = trainer.Step(samples.Samples[samples.Trained[step % samples.Trained.Count]], LearningRate);
            (foundLosses[step], foundNorms[step]) = (loss, norm);
        }
        Compare(losses, foundLosses, expectedLosses);
        Compare(norms, foundNorms, expectedNorms);
        Report(losses.ByNorm(_tolerances.TrajectoryRelative));
        Report(norms.ByNorm(_tolerances.TrainedRelative));
        using var reference = Open("model", "adapter_trained");
        foreach (
            var (found, wanted) in pair
                .Model.Adapters.SelectMany(a => a.Parameters)
                .Zip(reference.Model.Adapters.SelectMany(a => a.Parameters))
        )
            weights.Add(found.Key, found.Value.ToDoubles(), wanted.Value.ToDoubles());
        Report(weights.ByNorm(_tolerances.TrainedRelative));

        void Compare(Comparison comparison, double[] found, double[] wanted)
        {
            if (_tolerances.TrajectoryAsWhole)
                comparison.Add("all steps", found, wanted);
            for (var step = 0; step < wanted.Length && !_tolerances.TrajectoryAsWhole; step++)
                comparison.Add($"step {step + 1}", [found[step]], [wanted[step]]);
        }
    }

    private void CheckMerged()
    {
        var path = PathOf("expected_merged.safetensors");
        using (var pair = Open("model", "adapter_trained"))
        using (var samples = new ReferenceSamples(PathOf("expected.safetensors"), pair.Model.Config))
        {
            pair.ForEach(LoraMerge.Apply);
            CheckLogits("merged here: logits", pair, samples, path);
        }
        if (!Directory.Exists(PathOf("merged_trained")))
            return;
        using var merged = Open("merged_trained");
        using var again = new ReferenceSamples(PathOf("expected.safetensors"), merged.Model.Config);
        CheckLogits("merged by peft: logits", merged, again, path);
    }

    private void CheckLogits(string quantity, ModelPair pair, ReferenceSamples samples, string expectedPath)
    {
        using var expected = SafetensorsFile.Open(expectedPath);
        var (logits, loss) = (new Comparison(quantity), new Comparison(quantity.Replace("logits", "loss")));
        var losses = 0;
        foreach (var name in samples.Names.Where(n => expected.Tensors.ContainsKey($"{n}.logits")))
        {
            using var scope = new TensorScope();
            using var batch = pair.Pack([samples.Samples[name]]);
            logits.Add(name, pair.Model.Logits(batch).ToDoubles(), TensorFiles.ReadDoubles(expected, $"{name}.logits"));
            if (!expected.Tensors.ContainsKey($"{name}.loss"))
                continue;
            using var answers = pair.PackForLoss([samples.Samples[name]]);
            loss.Add(name, [pair.Model.Loss(answers).Item() / answers.AnswerTokens], TensorFiles.ReadDoubles(expected, $"{name}.loss"));
            losses++;
        }
        Report(logits.Within(_tolerances.ActivationAbsolute, _tolerances.ActivationRelative));
        if (losses > 0)
            Report(loss.ByNorm(_tolerances.LossRelative));
    }

    // A file may contain the gradients of only some parameters; those of others are not checked.
    private ReferenceRow CompareGradients(
        string quantity,
        GradientBuffer gradients,
        Func<string, string> key,
        SafetensorsFile expected,
        bool mayLack = false
    )
    {
        var comparison = new Comparison(quantity);
        // A gradient that is zero in exact arithmetic (a router that always chooses one expert) is rounding in the reference. float32
        // resolves 6e-8 of the largest terms, so smaller norms are compared as if they were 1e-6 of all gradients together.
        using var squared = gradients.SquaredNorm();
        var noise = 1e-6 * Math.Sqrt(squared.Item()) / _tolerances.GradientRelative;
        foreach (var parameter in gradients.Parameters)
        {
            if (!expected.Tensors.ContainsKey(key(parameter.Key)) && mayLack)
                continue;
            if (!expected.Tensors.ContainsKey(key(parameter.Key)))
                throw new InputException($"{expected.Path}: has no {key(parameter.Key)}, which the model trains");
            using var found = AdapterFiles.InFileLayout(parameter, parameter.Gradient!);
            var wanted = TensorFiles.ReadDoubles(expected, key(parameter.Key));
            comparison.Add(parameter.Key, found.ToDoubles(), wanted, Norm(wanted) < noise * _tolerances.GradientRelative ? noise : 0);
        }
        if (!comparison.Any)
            throw new InputException($"{expected.Path}: has no gradient of a parameter that the model trains");
        return comparison.ByNorm(_tolerances.GradientRelative);
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(v => v * v));

    // Adds the gradients of one sample's mean loss.
    private void Accumulate(ModelPair pair, ModelSample sample)
    {
        using var batch = pair.PackForLoss([sample]);
        pair.Model.TrainingPass(batch, 1.0 / batch.AnswerTokens, recompute).Dispose();
    }

    private ModelPair Open(string model, string? adapter = null) =>
        new(PathOf(model), adapter is null ? null : PathOf(adapter), dtype, device, _pinned, kernels);

    private void Report(ReferenceRow row)
    {
        _rows.Add(row);
        onRow?.Invoke(row);
    }

    private string PathOf(string name) => Path.Combine(folder, name);
}

/// <summary>One compared quantity.</summary>
/// <param name="Quantity">The compared quantity.</param>
/// <param name="LargestAbsolute">Largest difference of two elements.</param>
/// <param name="LargestRelative">Largest difference by norm of one tensor, or of one number, divided by the expected.</param>
/// <param name="Bound">The tolerance in words, such as <c>abs 2E-04</c>.</param>
/// <param name="Passed">Whether the differences are within the bound.</param>
/// <param name="Where">Which tensor differed most, if there are several.</param>
public sealed record ReferenceRow(
    string Quantity,
    double LargestAbsolute,
    double LargestRelative,
    string Bound,
    bool Passed,
    string Where = ""
);
