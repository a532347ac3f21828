using Litre.Core;
using Litre.Core.Files;
using Litre.Synthesis;

namespace Litre.Cli.Serving;

/// <summary>What is served without a model, so that a first try needs nothing: the small model, and a drawing to ask about.</summary>
internal static class ServedExample
{
    /// <summary>The folder of the model, and the file of the drawing, which is drawn the first time.</summary>
    /// <exception cref="InputException">The model is not there, or the drawing cannot be written.</exception>
    public static (string Model, string Drawing) Prepare()
    {
        var model =
            ProgramFolders.FindModel()
            ?? throw new InputException("the small model assets/litre-nano is not there; give the folder of a model as `model`");
        var folder = Path.Combine(StateFolder.Open("example"), "drawing");
        if (!Directory.Exists(folder))
            DataSetGenerator.Generate(
                new SynthesisOptions
                {
                    Kind = SyntheticImageKind.Drawings,
                    Output = folder,
                    Seed = 1,
                    Train = 1,
                    Validation = 0,
                    Test = 0,
                }
            );
        return (model, Directory.EnumerateFiles(folder, "*.png", SearchOption.AllDirectories).First());
    }
}
