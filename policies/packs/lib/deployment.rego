# METADATA
# title: Deployments of a question
# description: What is running or asked for, and which models it is about.
package assize.lib.deployment

# places are the statements to judge, by their positions: at each endpoint what runs
# there and what was last asked for. A later word about an endpoint replaces an
# earlier one; a retired deployment neither needs an approval nor stands for one.
places(items, environment) := assize.deployed(items, environment)

# models are the refs of the models a question about a model, or about an image
# that packages models, is about.
models(subject, parents) := assize.refs(subject, parents, {"packaged-as", "deployed-as"})
